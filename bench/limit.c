// SPDX-License-Identifier: GPL-2.0-only
/*
 * A lower bound for any format: a plain loop that stores as many descriptors, a zeroed table for
 * each table that the format needs, and the callbacks that the driver needs.
 */
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/slab.h>

#include "bench.h"

static void *descriptors;
static dma_addr_t descriptors_dma;
static struct device *walker;
static void *tables[BENCH_TABLES];

int bench_limit_init(struct device *dev)
{
	const size_t size = BENCH_DESCRIPTORS * sizeof(u64);

	descriptors = kzalloc(size, GFP_KERNEL);
	if (!descriptors)
		return -ENOMEM;
	walker = dev;
	descriptors_dma = dma_map_single(dev, descriptors, size, DMA_TO_DEVICE);
	return dma_mapping_error(dev, descriptors_dma);
}

void bench_limit_exit(void)
{
	if (!descriptors)
		return;
	dma_unmap_single(walker, descriptors_dma, BENCH_DESCRIPTORS * sizeof(u64), DMA_TO_DEVICE);
	kfree(descriptors);
	descriptors = NULL;
}

static size_t table_size(const struct bench_format *format)
{
	return format->span / format->page * format->descriptor;
}

static void *alloc_table(const struct bench_table *table, size_t size)
{
	void *memory;

	if (size < PAGE_SIZE)
		memory = kzalloc(size, GFP_ATOMIC);
	else
		memory = (void *)__get_free_pages(GFP_ATOMIC | __GFP_ZERO, get_order(size));
	if (memory && !table->cfg.coherent_walk)
		dma_map_single(table->dev, memory, size, DMA_TO_DEVICE);
	return memory;
}

static void free_table(const struct bench_table *table, void *memory, size_t size)
{
	if (!table->cfg.coherent_walk)
		dma_unmap_single(table->dev, virt_to_phys(memory), size, DMA_TO_DEVICE);
	if (size < PAGE_SIZE)
		kfree(memory);
	else
		free_pages((unsigned long)memory, get_order(size));
}

static __always_inline void store_64(u64 descriptor, u64 step, unsigned int count)
{
	u64 *entry = descriptors, *end = entry + count;

	for (; entry < end; entry++, descriptor += step)
		WRITE_ONCE(*entry, descriptor);
}

static __always_inline void store_32(u32 descriptor, u32 step, unsigned int count)
{
	u32 *entry = descriptors, *end = entry + count;

	for (; entry < end; entry++, descriptor += step)
		WRITE_ONCE(*entry, descriptor);
}

static void publish(const struct bench_work *work)
{
	const struct bench_table *table = work->table;

	if (!table->cfg.coherent_walk)
		dma_sync_single_for_device(table->dev, descriptors_dma,
					   work->descriptors * table->format->descriptor,
					   DMA_TO_DEVICE);
}

int bench_limit_map(const struct bench_work *work)
{
	const size_t size = table_size(work->table->format);
	unsigned int i;

	for (i = 0; i < work->tables; i++) {
		tables[i] = alloc_table(work->table, size);
		if (!tables[i])
			return -ENOMEM;
	}
	if (work->table->format->descriptor == sizeof(u64))
		store_64(work->paddr | 3, work->pgsize, work->descriptors);
	else
		store_32(work->paddr | 3, work->pgsize, work->descriptors);
	publish(work);
	return 0;
}

int bench_limit_unmap(const struct bench_work *work)
{
	const struct iommu_flush_ops *tlb = work->table->cfg.tlb;
	const size_t size = table_size(work->table->format);
	unsigned int i;

	if (work->table->format->descriptor == sizeof(u64))
		store_64(0, 0, work->descriptors);
	else
		store_32(0, 0, work->descriptors);
	publish(work);
	for (i = 0; i < work->callbacks; i++)
		tlb->tlb_add_page(&work->table->gather, work->iova + i * work->pgsize,
				  work->pgsize, work->table);
	for (i = 0; i < work->walks; i++)
		tlb->tlb_flush_walk(work->iova, work->pgsize, work->pgsize, work->table);
	for (i = 0; i < work->tables; i++)
		free_table(work->table, tables[i], size);
	return 0;
}

/* One load for each level. Each load depends on the previous one. */
int bench_limit_lookup(const struct bench_work *work)
{
	unsigned long iova = work->iova;
	unsigned long entry = 0;
	unsigned int level;

	for (level = 0; level < work->levels; level++, iova >>= 9)
		entry = READ_ONCE(((u64 *)descriptors)[(entry + iova) % 512]);
	return entry == ULONG_MAX;
}

int bench_limit_alloc_free(const struct bench_work *work)
{
	struct io_pgtable *table = kzalloc(sizeof(*table), GFP_KERNEL);
	void *root = alloc_table(work->table, work->pgsize);
	const bool good = table && root;

	if (root)
		free_table(work->table, root, work->pgsize);
	kfree(table);
	return good ? 0 : -ENOMEM;
}
