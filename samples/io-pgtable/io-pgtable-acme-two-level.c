// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sample of a vendor's page table format, as a module out of the tree: "acme,two-level".
 *
 * The ACME IOMMU does not exist. It translates 32 bits of input addresses to 40 bits of
 * output addresses by two levels of tables. A table is 4 KiB: 1024 descriptors of 32 bits.
 * A descriptor of level 1 is for 4 MiB, and is a block or leads to a table of level 2; one
 * of level 2 is for a page of 4 KiB.
 *
 *	31:4	output address bits 39:12, of a page, a block or a table
 *	3	cacheable
 *	2	writable
 *	1	readable; neither readable nor writable: a table
 *	0	valid
 *
 * A descriptor that is not valid is never held in a TLB. The IOMMU may fetch tables past the
 * CPU's caches.
 *
 * Concurrency: calls for disjoint ranges run without a lock. What they share is tables of
 * level 2, which are installed with cmpxchg, and freed only by a call for all of their
 * 4 MiB, when no other call may be inside. Live descriptors are written with WRITE_ONCE()
 * and read once with READ_ONCE().
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/io-pgtable-format.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "io-pgtable-acme-two-level.h"

#define ACME_MAX_IAS	32
#define ACME_MAX_OAS	40
#define ACME_PGSIZES	((unsigned long)(SZ_4K | SZ_4M))

#define ACME_TABLE_SIZE	SZ_4K
#define ACME_ENTRIES	(ACME_TABLE_SIZE / sizeof(u32))

/* Descriptors, and the register ROOT, which has an address like them */
#define ACME_VALID	BIT(0)
#define ACME_READ	BIT(1)
#define ACME_WRITE	BIT(2)
#define ACME_CACHE	BIT(3)
#define ACME_ADDRESS	GENMASK(31, 4)
#define ACME_ADDR_SHIFT	8		/* address bit 12 is bit 4 */
#define ACME_ROOT_SNOOP	BIT(0)

struct acme_table {
	struct io_pgtable	iop;
	u32			*root;
};

static struct acme_table *acme_from_ops(struct io_pgtable_ops *ops)
{
	return container_of(io_pgtable_ops_to_pgtable(ops), struct acme_table, iop);
}

/*
 * Descriptors
 */

static u32 acme_desc(phys_addr_t paddr, u32 attrs)
{
	return (u32)((u64)paddr >> ACME_ADDR_SHIFT) | attrs | ACME_VALID;
}

static phys_addr_t acme_addr(u32 desc)
{
	return (phys_addr_t)(desc & ACME_ADDRESS) << ACME_ADDR_SHIFT;
}

static u32 acme_attrs(int prot)
{
	return (prot & IOMMU_READ ? ACME_READ : 0) |
	       (prot & IOMMU_WRITE ? ACME_WRITE : 0) |
	       ((prot & (IOMMU_CACHE | IOMMU_MMIO)) == IOMMU_CACHE ? ACME_CACHE : 0);
}

static bool acme_is_table(u32 desc)
{
	return desc & ACME_VALID && !(desc & (ACME_READ | ACME_WRITE));
}

static u32 *acme_next_table(u32 desc)
{
	return phys_to_virt(acme_addr(desc));
}

/* Let a walker that does not snoop see @n descriptors as they are now. */
static void acme_sync(const struct acme_table *t, u32 *descs, size_t n)
{
	if (!t->iop.cfg.coherent_walk)
		dma_sync_single_for_device(t->iop.cfg.iommu_dev, virt_to_phys(descs),
					   n * sizeof(*descs), DMA_TO_DEVICE);
}

/*
 * Ranges
 */

/* All of a range counts, not only its first byte. No pages: as if it were one. */
static int acme_range_error(const struct io_pgtable_cfg *cfg, unsigned long iova,
			    u64 paddr, size_t pgsize, size_t pgcount)
{
	u64 iova_end = BIT_ULL(cfg->ias), paddr_end = BIT_ULL(cfg->oas);
	size_t size;

	if ((pgsize != SZ_4K && pgsize != SZ_4M) || !(cfg->pgsize_bitmap & pgsize))
		return -EINVAL;
	if (check_mul_overflow(pgsize, max(pgcount, 1), &size) ||
	    iova >= iova_end || size > iova_end - iova ||
	    paddr >= paddr_end || size > paddr_end - paddr)
		return -ERANGE;
	return (iova | paddr) & (pgsize - 1) ? -EINVAL : 0;
}

/* Pages from @iova on that have their descriptors in one table */
static size_t acme_room(unsigned long iova, size_t pgsize)
{
	return pgsize == SZ_4M ? SIZE_MAX : (SZ_4M - iova % SZ_4M) / SZ_4K;
}

static u32 *acme_root_entry(const struct acme_table *t, unsigned long iova)
{
	return t->root + iova / SZ_4M;
}

static u32 *acme_next_entry(u32 desc, unsigned long iova)
{
	return acme_next_table(desc) + iova % SZ_4M / SZ_4K;
}

/*
 * Tables of level 2
 */

/* Zeroed and visible to the walker; NULL if there is none that a descriptor can lead to */
static u32 *acme_alloc_table(const struct io_pgtable_cfg *cfg, void *cookie, gfp_t gfp)
{
	u32 *table = io_pgtable_alloc_pages(cfg, cookie, ACME_TABLE_SIZE, gfp);

	if (table && (u64)virt_to_phys(table) >> ACME_MAX_OAS) {
		io_pgtable_free_pages(cfg, cookie, table, ACME_TABLE_SIZE);
		return NULL;
	}
	return table;
}

static void acme_free_table(const struct acme_table *t, u32 *table)
{
	io_pgtable_free_pages(&t->iop.cfg, t->iop.cookie, table, ACME_TABLE_SIZE);
}

/* Return: what *@descp is then: a table, or a block in the way; 0 if there is no memory. */
static u32 acme_make_table(const struct acme_table *t, u32 *descp, gfp_t gfp)
{
	u32 *table = acme_alloc_table(&t->iop.cfg, t->iop.cookie, gfp), new, old;

	if (!table)
		return 0;
	new = acme_desc(virt_to_phys(table), 0);
	/*
	 * Orders the zeroes in the table before the store of its address, for the
	 * walker and for other CPUs.
	 */
	dma_wmb();
	old = cmpxchg_relaxed(descp, 0, new);
	acme_sync(t, descp, 1);
	if (!old)
		return new;
	/* Another CPU was faster. */
	acme_free_table(t, table);
	return old;
}

/* The descriptor must be invalid everywhere before the table is freed. */
static void acme_remove_table(struct acme_table *t, u32 *descp, unsigned long iova)
{
	u32 *table = acme_next_table(READ_ONCE(*descp));

	WRITE_ONCE(*descp, 0);
	acme_sync(t, descp, 1);
	io_pgtable_tlb_flush_walk(&t->iop, iova, SZ_4M, SZ_4K);
	acme_free_table(t, table);
}

/*
 * Map
 */

/* Return: the descriptor for @iova; ERR_PTR: -ENOMEM, -EEXIST if a block is in the way. */
static u32 *acme_get_entry(const struct acme_table *t, unsigned long iova, size_t pgsize,
			   gfp_t gfp)
{
	u32 *descp = acme_root_entry(t, iova), desc;

	if (pgsize == SZ_4M)
		return descp;
	desc = READ_ONCE(*descp);
	if (desc)
		acme_sync(t, descp, 1);	/* The CPU that installed it may not have yet. */
	else
		desc = acme_make_table(t, descp, gfp);
	if (!acme_is_table(desc))
		return ERR_PTR(desc ? -EEXIST : -ENOMEM);
	return acme_next_entry(desc, iova);
}

/*
 * See to it that @n descriptors are free to be written. Tables without a descriptor make
 * room for blocks; all is looked at before any is removed.
 */
static int acme_make_room(struct acme_table *t, u32 *descs, size_t n, unsigned long iova)
{
	size_t i;
	u32 desc;

	for (i = 0; i < n; i++) {
		desc = READ_ONCE(descs[i]);
		if (desc && (!acme_is_table(desc) ||
			     memchr_inv(acme_next_table(desc), 0, ACME_TABLE_SIZE)))
			return -EEXIST;
	}
	for (i = 0; i < n; i++)
		if (READ_ONCE(descs[i]))
			acme_remove_table(t, &descs[i], iova + i * SZ_4M);
	return 0;
}

static int acme_map_pages(struct io_pgtable_ops *ops, unsigned long iova,
			  phys_addr_t paddr, size_t pgsize, size_t pgcount, int prot,
			  gfp_t gfp, size_t *mapped)
{
	struct acme_table *t = acme_from_ops(ops);
	int ret = acme_range_error(&t->iop.cfg, iova, paddr, pgsize, pgcount);
	u32 attrs = acme_attrs(prot), *descs;
	size_t i, n;

	if (!ret && !(prot & (IOMMU_READ | IOMMU_WRITE)))
		ret = -EINVAL;

	while (!ret && pgcount) {
		n = min(pgcount, acme_room(iova, pgsize));
		descs = acme_get_entry(t, iova, pgsize, gfp);
		ret = PTR_ERR_OR_ZERO(descs) ?: acme_make_room(t, descs, n, iova);
		if (ret)
			break;
		for (i = 0; i < n; i++)
			WRITE_ONCE(descs[i], acme_desc(paddr + i * pgsize, attrs));
		acme_sync(t, descs, n);
		*mapped += n * pgsize;
		iova += n * pgsize;
		paddr += n * pgsize;
		pgcount -= n;
	}
	/*
	 * Orders the stores of descriptors before whatever the caller does to start DMA,
	 * for the walker.
	 */
	wmb();
	return ret;
}

/*
 * Unmap
 */

/* @n leaves are gone. A caller that invalidates everything is not told of them. */
static void acme_cleared(struct acme_table *t, u32 *descs, size_t n, unsigned long iova,
			 size_t pgsize, struct iommu_iotlb_gather *gather)
{
	if (!n)
		return;
	acme_sync(t, descs, n);
	if (!iommu_iotlb_gather_queued(gather))
		io_pgtable_tlb_add_range(&t->iop, gather, iova, n * pgsize, pgsize);
}

/* Clear up to @n descriptors, tables and blocks alike, to one that is not valid. */
static size_t acme_clear(struct acme_table *t, u32 *descs, size_t n, unsigned long iova,
			 size_t pgsize, struct iommu_iotlb_gather *gather)
{
	size_t i, run = 0;	/* where the leaves begin that are not told yet */
	u32 desc;

	for (i = 0; i < n; i++) {
		desc = READ_ONCE(descs[i]);
		if (!desc)
			break;
		if (!acme_is_table(desc)) {
			WRITE_ONCE(descs[i], 0);
			continue;
		}
		acme_cleared(t, descs + run, i - run, iova + run * pgsize, pgsize, gather);
		acme_remove_table(t, &descs[i], iova + i * pgsize);
		run = i + 1;
	}
	acme_cleared(t, descs + run, i - run, iova + run * pgsize, pgsize, gather);
	return i;
}

/* Return: the descriptor for @iova; NULL if there is none. Blocks are never split. */
static u32 *acme_find_entry(const struct acme_table *t, unsigned long iova, size_t pgsize)
{
	u32 *descp = acme_root_entry(t, iova), desc;

	if (pgsize == SZ_4M)
		return descp;
	desc = READ_ONCE(*descp);
	return acme_is_table(desc) ? acme_next_entry(desc, iova) : NULL;
}

static size_t acme_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova,
			       size_t pgsize, size_t pgcount,
			       struct iommu_iotlb_gather *gather)
{
	struct acme_table *t = acme_from_ops(ops);
	size_t done = 0, n, cleared;
	u32 *descs;

	if (acme_range_error(&t->iop.cfg, iova, 0, pgsize, pgcount))
		return 0;
	while (done < pgcount) {
		descs = acme_find_entry(t, iova, pgsize);
		if (!descs)
			break;
		n = min(pgcount - done, acme_room(iova, pgsize));
		cleared = acme_clear(t, descs, n, iova, pgsize, gather);
		done += cleared;
		if (cleared != n)
			break;
		iova += n * pgsize;
	}
	return done * pgsize;
}

/*
 * Translate
 */

static phys_addr_t acme_iova_to_phys(struct io_pgtable_ops *ops, unsigned long iova)
{
	struct acme_table *t = acme_from_ops(ops);
	unsigned long offset = iova % SZ_4M;
	u32 desc;

	if ((u64)iova >> t->iop.cfg.ias)
		return 0;
	desc = READ_ONCE(*acme_root_entry(t, iova));
	if (acme_is_table(desc)) {
		desc = READ_ONCE(*acme_next_entry(desc, iova));
		offset = iova % SZ_4K;
	}
	return desc ? acme_addr(desc) | offset : 0;
}

/*
 * Tables as a whole
 */

static bool acme_cfg_is_valid(const struct io_pgtable_cfg *cfg)
{
	return !cfg->quirks && cfg->pgsize_bitmap & SZ_4K &&
	       cfg->ias >= 12 && cfg->ias <= ACME_MAX_IAS &&
	       cfg->oas >= 12 && cfg->oas <= ACME_MAX_OAS &&
	       /* For a walker that does not snoop, the DMA API has to know the device. */
	       (cfg->coherent_walk || cfg->iommu_dev);
}

static struct io_pgtable *acme_alloc(struct io_pgtable_cfg *cfg, void *cookie)
{
	struct acme_two_level_cfg *regs = cfg->format_cfg;
	struct acme_table *t;

	if (!acme_cfg_is_valid(cfg))
		return ERR_PTR(-EINVAL);

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return ERR_PTR(-ENOMEM);
	t->root = acme_alloc_table(cfg, cookie, GFP_KERNEL);
	if (!t->root) {
		kfree(t);
		return ERR_PTR(-ENOMEM);
	}
	t->iop.ops = (struct io_pgtable_ops){
		.map_pages	= acme_map_pages,
		.unmap_pages	= acme_unmap_pages,
		.iova_to_phys	= acme_iova_to_phys,
	};

	/* Without blocks that are larger than all there is to map. */
	cfg->pgsize_bitmap &= ACME_PGSIZES;
	if (min(cfg->ias, cfg->oas) < 22)
		cfg->pgsize_bitmap = SZ_4K;
	regs->root = (acme_desc(virt_to_phys(t->root), 0) & ACME_ADDRESS) |
		     (cfg->coherent_walk ? ACME_ROOT_SNOOP : 0);
	regs->bits = cfg->ias;
	return &t->iop;
}

static void acme_free(struct io_pgtable *iop)
{
	struct acme_table *t = container_of(iop, struct acme_table, iop);
	unsigned int i;

	for (i = 0; i < ACME_ENTRIES; i++)
		if (acme_is_table(t->root[i]))
			acme_free_table(t, acme_next_table(t->root[i]));
	acme_free_table(t, t->root);
	kfree(t);
}

/*
 * Module
 */

static const struct io_pgtable_init_fns acme_fns = {
	.alloc			= acme_alloc,
	.free			= acme_free,
	.caps			= IO_PGTABLE_CAP_CUSTOM_ALLOCATOR,
	.format_cfg_size	= sizeof(struct acme_two_level_cfg),
};

/* The self-test copies this: nothing is written here. */
static struct acme_two_level_cfg acme_trial_regs;

static const struct io_pgtable_cfg acme_trial = {
	.pgsize_bitmap		= ACME_PGSIZES,
	.ias			= ACME_MAX_IAS,
	.oas			= ACME_MAX_OAS,
	.coherent_walk		= true,
	.format_cfg		= &acme_trial_regs,
	.format_cfg_size	= sizeof(acme_trial_regs),
};

static struct io_pgtable_format acme_formats[] = {
	{ .name = ACME_TWO_LEVEL, .fns = &acme_fns, .trial = &acme_trial },
};
module_io_pgtable_formats(acme_formats);

MODULE_ALIAS_IO_PGTABLE_NAMED(ACME_TWO_LEVEL);
MODULE_DESCRIPTION("Sample of a vendor's io-pgtable format: acme,two-level");
MODULE_LICENSE("GPL");
