// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables of many formats and shapes, with pseudorandom mappings. The tables exist until the
 * module is unloaded, so that the output of programs that show tables can be compared. No hardware
 * walks the tables.
 */
#include <linux/io-pgtable-rockchip.h>
#include <linux/module.h>
#include <linux/prandom.h>

#include "shape.h"

#define LPAE_16K	(SZ_16K | SZ_32M)
#define LPAE_64K	(SZ_64K | SZ_512M)

#define NS		IO_PGTABLE_QUIRK_ARM_NS
#define NO_PERMS	IO_PGTABLE_QUIRK_NO_PERMS
#define MTK		(IO_PGTABLE_QUIRK_ARM_MTK_EXT | NO_PERMS)
#define MTK_TTBR	(IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT | MTK)
#define TTBR1		IO_PGTABLE_QUIRK_ARM_TTBR1
#define OUTER_WBWA	IO_PGTABLE_QUIRK_ARM_OUTER_WBWA
#define HD		IO_PGTABLE_QUIRK_ARM_HD
#define CONTIG		IO_PGTABLE_QUIRK_ARM_CONTIG
#define RUNS		IO_PGTABLE_QUIRK_ARM_CONTIG_RUNS

static const struct shape shapes[] = {
	{ ARM_64_LPAE_S1, NULL, LPAE_4K, 48, 48, CONTIG },
	{ ARM_64_LPAE_S1, NULL, LPAE_4K, 39, 40, TTBR1 | RUNS },
	{ ARM_64_LPAE_S1, NULL, LPAE_4K, 40, 44, HD },
	{ ARM_64_LPAE_S1, NULL, LPAE_4K, 33, 36, OUTER_WBWA | NS, true },
	{ ARM_64_LPAE_S1, NULL, LPAE_16K, 47, 48, CONTIG | NS },
	{ ARM_64_LPAE_S1, NULL, LPAE_16K, 36, 42, TTBR1 | HD, true },
	{ ARM_64_LPAE_S1, NULL, LPAE_64K | BIT_ULL(42), 52, 52, CONTIG },
	{ ARM_64_LPAE_S1, NULL, LPAE_64K, 48, 48, TTBR1 | HD },
	{ ARM_32_LPAE_S1, NULL, LPAE_4K, 32, 40, 0 },
	{ ARM_64_LPAE_S2, NULL, LPAE_4K, 48, 48, CONTIG },
	{ ARM_64_LPAE_S2, NULL, LPAE_4K, 40, 40, RUNS },
	{ ARM_64_LPAE_S2, NULL, LPAE_4K, 43, 44, 0, true },
	{ ARM_64_LPAE_S2, NULL, SZ_4K | SZ_2M, 30, 32, 0 },
	{ ARM_64_LPAE_S2, NULL, LPAE_16K, 40, 40, CONTIG },
	{ ARM_64_LPAE_S2, NULL, LPAE_16K, 48, 48, 0 },
	{ ARM_64_LPAE_S2, NULL, LPAE_64K, 52, 52, CONTIG },
	{ ARM_64_LPAE_S2, NULL, LPAE_64K, 42, 42, 0, true },
	{ ARM_32_LPAE_S2, NULL, LPAE_4K, 40, 40, 0 },
	{ ARM_MALI_LPAE, NULL, LPAE_4K, 48, 40, 0 },
	{ ARM_MALI_LPAE, NULL, LPAE_4K, 33, 40, 0, true },
	{ ARM_V7S, NULL, V7S, 32, 32, NS },
	{ ARM_V7S, NULL, V7S, 32, 32, NO_PERMS, true },
	{ ARM_V7S, NULL, V7S, 32, 35, MTK },
	{ ARM_V7S, NULL, V7S, 34, 35, MTK_TTBR },
	{ APPLE_DART, NULL, SZ_4K, 32, 36, 0 },
	{ APPLE_DART, NULL, SZ_16K, 36, 36, 0 },
	{ APPLE_DART2, NULL, SZ_16K, 36, 42, 0 },
	{ APPLE_DART2, NULL, SZ_16K, 32, 42, 0 },
	{ 0, IO_PGTABLE_ROCKCHIP1, SZ_4K, 32, 32, 0 },
	{ 0, IO_PGTABLE_ROCKCHIP2, SZ_4K, 32, 40, 0, true },
};

static struct io_pgtable_ops *tables[ARRAY_SIZE(shapes)];
static struct io_pgtable_rockchip_cfg rockchip_cfgs[ARRAY_SIZE(shapes)];
static struct platform_device *device;
static struct rnd_state rnd;

static u64 random_bits(unsigned int bits)
{
	u64 high = prandom_u32_state(&rnd);

	return (high << 32 | prandom_u32_state(&rnd)) & GENMASK_ULL(bits - 1, 0);
}

static struct io_pgtable_ops *make_table(unsigned int i)
{
	struct io_pgtable_rockchip_cfg *own = shapes[i].name ? &rockchip_cfgs[i] : NULL;

	return shape_table(&shapes[i], &device->dev, own, own ? sizeof(*own) : 0);
}

static int random_prot(void)
{
	static const int access[] = { IOMMU_READ, IOMMU_WRITE, IOMMU_READ | IOMMU_WRITE };
	static const int memory[] = { 0, IOMMU_CACHE, IOMMU_MMIO };
	int prot = access[random_bits(16) % 3] | memory[random_bits(16) % 3];

	prot |= random_bits(1) ? IOMMU_NOEXEC : 0;
	return prot | (random_bits(1) ? IOMMU_PRIV : 0);
}

/* Map a run of pages. A format may stop at the end of a table. Errors end the run. */
static size_t map_run(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
		      size_t size, unsigned int n)
{
	size_t mapped = 0, before;
	int prot = random_prot();

	do {
		before = mapped;
		if (io_pgtable_map_pages(ops, iova + mapped, paddr + mapped, size,
					 n - mapped / size, prot, GFP_KERNEL, &mapped))
			break;
	} while (mapped > before && mapped < n * size);
	return mapped;
}

/* Clean part of a mapping, so that the rest is dirty. */
static void clean(struct io_pgtable_ops *ops, unsigned long iova, size_t size)
{
	struct iommu_dirty_bitmap dirty = { };

	if (io_pgtable_ops_to_pgtable(ops)->cfg.quirks & HD)
		ops->read_and_clear_dirty(ops, iova, size, 0, &dirty);
}

static void fill_by_size(struct io_pgtable_ops *ops, u64 first, u64 last, u64 size)
{
	unsigned int oas = io_pgtable_ops_to_pgtable(ops)->cfg.oas, i, n;
	u64 iova, paddr;

	for (i = 0; i < 6; i++) {
		n = 1 + random_bits(i & 1 ? 5 : 9);
		iova = first + ((random_bits(64) & (last - first)) & ~(size - 1));
		paddr = random_bits(oas) & ~(size - 1);
		/* The last two runs are near both ends of the address space. */
		if (i == 4)
			iova = first + size;
		if (i == 5)
			iova = last - (n * size - 1);
		if (iova < first || iova > last || n * size - 1 > last - iova ||
		    n * size > BIT_ULL(oas) - paddr)
			continue;
		map_run(ops, iova, paddr, size, n);
		clean(ops, iova, size);
		/* Unmap one page, which makes a hole, or splits a contiguous group. */
		if (n > 3)
			io_pgtable_unmap_pages(ops, iova + 2 * size, size, 1, NULL);
	}
}

static void fill(struct io_pgtable_ops *ops)
{
	const struct io_pgtable_cfg *cfg = &io_pgtable_ops_to_pgtable(ops)->cfg;
	u64 first = cfg->quirks & TTBR1 ? ~0ULL << cfg->ias : 0;
	unsigned long sizes = cfg->pgsize_bitmap;
	unsigned int shift;

	for_each_set_bit(shift, &sizes, BITS_PER_LONG)
		fill_by_size(ops, first, first + GENMASK_ULL(cfg->ias - 1, 0), BIT_ULL(shift));
}

static void free_all(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		free_io_pgtable_ops(tables[i]);
	platform_device_unregister(device);
}

static int __init filled_init(void)
{
	unsigned int i;
	int ret = 0;

	prandom_seed_state(&rnd, 20240501);
	device = shape_device("io-pgtable-filled");
	if (IS_ERR(device))
		return PTR_ERR(device);
	for (i = 0; !ret && i < ARRAY_SIZE(tables); i++) {
		tables[i] = make_table(i);
		if (IS_ERR(tables[i])) {
			ret = PTR_ERR(tables[i]);
			dev_err(&device->dev, "no table of shape %u: %d\n", i, ret);
			tables[i] = NULL;
			break;
		}
		fill(tables[i]);
	}
	if (ret)
		free_all();
	return ret;
}
module_init(filled_init);

static void __exit filled_exit(void)
{
	free_all();
}
module_exit(filled_exit);

MODULE_DESCRIPTION("Filled page tables of many formats, for tests");
MODULE_LICENSE("GPL");
