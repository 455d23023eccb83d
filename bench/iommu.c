// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures users of formats: the IOMMU core and the DMA API on a device that does nothing, and
 * reads from a disk. Device and disk are behind the SMMU.
 */
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>

#include "counter.h"
#include "samples.h"

#define SAMPLES		31
#define WARM_UP		2
#define IOVA		SZ_1G
#define PROT		(IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE)

/* The size of a flush queue, so that each sample has one flush */
#define DMA_ROUNDS	256
#define DMA_ORDER	9
#define SG_ENTRIES	32

/* Many short runs: even on a busy machine some of them have no timer tick and no idle time. */
#define READ_RUNS	2000
#define READ_SIZE	SZ_4K
#define MAX_DEPTH	32

struct samples {
	u32 value[SAMPLES];
};

static void tell(const char *layer, const char *mode, const char *op, size_t size, size_t count,
		 u32 told, u32 least, u32 most)
{
	pr_info("bench row|%s|%lu|%s|-|%s|%zu|%zu|%u|%u|%u|0\n", layer, PAGE_SIZE, mode, op, size,
		count, told, least, most);
}

static void report(const char *layer, const char *mode, const char *op, size_t size, size_t count,
		   struct samples *samples)
{
	samples_sort(samples->value, SAMPLES);
	tell(layer, mode, op, size, count, samples->value[SAMPLES / 2], samples->value[0],
	     samples->value[SAMPLES - 1]);
}

static void sample(struct samples *samples, int index, u32 value)
{
	if (index >= 0)
		samples->value[index] = value;
}

/* --- the IOMMU core */

static int map_and_unmap(struct iommu_domain *domain, phys_addr_t paddr, size_t size, u32 *map,
			 u32 *unmap)
{
	unsigned long flags;
	size_t unmapped;
	u32 start;
	int ret;

	local_irq_save(flags);
	start = counter_read();
	ret = iommu_map(domain, IOVA, paddr, size, PROT, GFP_ATOMIC);
	*map = counter_read() - start;
	local_irq_restore(flags);
	if (ret)
		return ret;
	if (iommu_iova_to_phys(domain, IOVA) != paddr ||
	    iommu_iova_to_phys(domain, IOVA + size - 1) != paddr + size - 1)
		return -EIO;
	local_irq_save(flags);
	start = counter_read();
	unmapped = iommu_unmap(domain, IOVA, size);
	*unmap = counter_read() - start;
	local_irq_restore(flags);
	return unmapped == size && !iommu_iova_to_phys(domain, IOVA) ? 0 : -EIO;
}

/* For 4K pages the physical address is aligned to 4K only, so that no larger page is used. */
static int time_core(struct iommu_domain *domain, size_t pgsize, size_t count)
{
	const phys_addr_t paddr = SZ_2G + (pgsize == SZ_4K ? SZ_4K : 0);
	struct samples map, unmap;
	u32 mapping, unmapping;
	int i, ret;

	for (i = -WARM_UP; i < SAMPLES; i++) {
		ret = map_and_unmap(domain, paddr, count * pgsize, &mapping, &unmapping);
		if (ret)
			return ret;
		sample(&map, i, mapping);
		sample(&unmap, i, unmapping);
	}
	report("IOMMU core", "own domain", "iommu_map", pgsize, count, &map);
	report("IOMMU core", "own domain", "iommu_unmap", pgsize, count, &unmap);
	return 0;
}

static int time_domain(struct device *dev)
{
	struct iommu_domain *domain = iommu_paging_domain_alloc(dev);
	int ret;

	if (IS_ERR(domain))
		return PTR_ERR(domain);
	ret = iommu_attach_device(domain, dev);
	if (!ret) {
		ret = time_core(domain, SZ_4K, 1) ?: time_core(domain, SZ_4K, 8) ?:
		      time_core(domain, SZ_4K, 64) ?: time_core(domain, SZ_4K, 512) ?:
		      time_core(domain, SZ_4K, 4096) ?: time_core(domain, SZ_2M, 1) ?:
		      time_core(domain, SZ_2M, 64);
		iommu_detach_device(domain, dev);
	}
	iommu_domain_free(domain);
	return ret;
}

/* --- the DMA API */

static const char *dma_mode(struct device *dev)
{
	const struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	if (!domain || !(domain->type & __IOMMU_DOMAIN_DMA_API))
		return NULL;
	return domain->type == IOMMU_DOMAIN_DMA_FQ ? "lazy" : "strict";
}

static int dma_rounds(struct device *dev, struct page *page, size_t size, u32 *result)
{
	dma_addr_t addr = 0;
	unsigned long flags;
	unsigned int i;
	u32 start;

	local_irq_save(flags);
	start = counter_read();
	for (i = 0; i < DMA_ROUNDS && addr != DMA_MAPPING_ERROR; i++) {
		addr = dma_map_page(dev, page, 0, size, DMA_BIDIRECTIONAL);
		if (addr != DMA_MAPPING_ERROR)
			dma_unmap_page(dev, addr, size, DMA_BIDIRECTIONAL);
	}
	*result = (counter_read() - start) / DMA_ROUNDS;
	local_irq_restore(flags);
	return addr == DMA_MAPPING_ERROR ? -EIO : 0;
}

static int dma_sg_rounds(struct device *dev, struct scatterlist *sg, u32 *result)
{
	unsigned long flags;
	unsigned int i;
	int mapped = 1;
	u32 start;

	local_irq_save(flags);
	start = counter_read();
	for (i = 0; i < DMA_ROUNDS && mapped > 0; i++) {
		mapped = dma_map_sg(dev, sg, SG_ENTRIES, DMA_BIDIRECTIONAL);
		if (mapped > 0)
			dma_unmap_sg(dev, sg, SG_ENTRIES, DMA_BIDIRECTIONAL);
	}
	*result = (counter_read() - start) / DMA_ROUNDS;
	local_irq_restore(flags);
	return mapped > 0 ? 0 : -EIO;
}

static int time_dma_size(struct device *dev, const char *mode, struct page *page, size_t size)
{
	struct samples both;
	u32 result;
	int i, ret;

	for (i = -WARM_UP; i < SAMPLES; i++) {
		ret = dma_rounds(dev, page, size, &result);
		if (ret)
			return ret;
		sample(&both, i, result);
	}
	report("DMA API", mode, "map and unmap", size, 1, &both);
	return 0;
}

/* Uses every other page, so that no two entries can be merged. */
static int time_dma_sg(struct device *dev, const char *mode, struct page *pages)
{
	struct scatterlist sg[SG_ENTRIES];
	struct samples both;
	u32 result;
	int i, ret;

	sg_init_table(sg, SG_ENTRIES);
	for (i = 0; i < SG_ENTRIES; i++)
		sg_set_page(&sg[i], pages + 2 * i, PAGE_SIZE, 0);
	for (i = -WARM_UP; i < SAMPLES; i++) {
		ret = dma_sg_rounds(dev, sg, &result);
		if (ret)
			return ret;
		sample(&both, i, result);
	}
	report("DMA API", mode, "map and unmap list", PAGE_SIZE, SG_ENTRIES, &both);
	return 0;
}

static int time_dma(struct device *dev, const char *mode)
{
	struct page *pages;
	int ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64));

	if (ret)
		return ret;
	pages = alloc_pages(GFP_KERNEL, DMA_ORDER);
	if (!pages)
		return -ENOMEM;
	ret = time_dma_size(dev, mode, pages, SZ_4K) ?: time_dma_size(dev, mode, pages, SZ_64K) ?:
	      time_dma_size(dev, mode, pages, SZ_1M) ?: time_dma_sg(dev, mode, pages);
	__free_pages(pages, DMA_ORDER);
	return ret;
}

/* --- a disk */

struct reader {
	struct block_device *bdev;
	struct completion done;
	struct page *page;
	sector_t sectors;
	u32 random;
	blk_status_t status;
};

static void read_done(struct bio *bio)
{
	struct reader *reader = bio->bi_private;

	if (bio->bi_status)
		reader->status = bio->bi_status;
	bio_put(bio);
	complete(&reader->done);
}

static void read_one(struct reader *reader)
{
	struct bio *bio = bio_alloc(reader->bdev, 1, REQ_OP_READ, GFP_KERNEL);
	const u32 block = READ_SIZE >> SECTOR_SHIFT;

	/* Knuth's generator. Any fixed sequence would do. */
	reader->random = reader->random * 1664525 + 1013904223;
	bio->bi_iter.bi_sector = (reader->random >> 8) % (u32)(reader->sectors / block) * block;
	bio->bi_end_io = read_done;
	bio->bi_private = reader;
	__bio_add_page(bio, reader->page, READ_SIZE, 0);
	submit_bio(bio);
}

/* Return: instructions per read, with @depth reads at a time */
static u32 run_reads(struct reader *reader, unsigned int depth)
{
	const u32 start = counter_read();
	unsigned int i;

	for (i = 0; i < depth; i++)
		read_one(reader);
	for (i = 0; i < depth; i++)
		wait_for_completion(&reader->done);
	return (counter_read() - start) / depth;
}

/* Reports the best run, since waiting only adds instructions. */
static int time_reads(struct reader *reader, const char *mode, unsigned int depth)
{
	u32 each, least = U32_MAX, most = 0;
	unsigned int run;

	init_completion(&reader->done);
	for (run = 0; run < READ_RUNS; run++) {
		each = run_reads(reader, depth);
		least = min(least, each);
		most = max(most, each);
	}
	if (reader->status)
		return blk_status_to_errno(reader->status);
	tell("NVMe", mode, "4K random reads, depth", depth, 1, least, least, most);
	return 0;
}

static int time_disk(const char *mode)
{
	struct file *file = bdev_file_open_by_path("/dev/nvme0n1", BLK_OPEN_READ, NULL, NULL);
	struct reader reader = { .random = 1 };
	int ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	reader.bdev = file_bdev(file);
	reader.sectors = bdev_nr_sectors(reader.bdev);
	reader.page = alloc_page(GFP_KERNEL);
	ret = -ENOMEM;
	if (reader.page) {
		ret = time_reads(&reader, mode, 1) ?: time_reads(&reader, mode, MAX_DEPTH);
		__free_page(reader.page);
	}
	bdev_fput(file);
	return ret;
}

static int run_all(struct device *dev)
{
	const char *mode = dma_mode(dev);

	if (!mode)
		return -ENODEV;
	return counter_start() ?: time_domain(dev) ?: time_dma(dev, mode) ?: time_disk(mode);
}

static int bench_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = run_all(&pdev->dev);

	pr_info("bench end %d\n", ret);
	return ret;
}

/* QEMU's edu device. It is attached to the SMMU only if it has a driver. */
static const struct pci_device_id bench_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};
MODULE_DEVICE_TABLE(pci, bench_ids);

static struct pci_driver bench_driver = {
	.name = "iommu-bench",
	.id_table = bench_ids,
	.probe = bench_probe,
};
module_pci_driver(bench_driver);

MODULE_DESCRIPTION("Measures users of io-pgtable formats");
MODULE_LICENSE("GPL");
