// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sample of a vendor's page table format, as a module out of the tree: "acme,two-level".
 *
 * The ACME IOMMU does not exist. It translates 32-bit input addresses to 40-bit output addresses
 * with two levels of tables. A table is 4 KiB: 1024 descriptors of 32 bits. A level-1 descriptor
 * translates 4 MiB, and is a block or points to a level-2 table. A level-2 descriptor translates a
 * page of 4 KiB.
 *
 *	31:4	output address bits 39:12, of a page, a block or a table
 *	3	cacheable
 *	2	writable
 *	1	readable; neither readable nor writable: a table
 *	0	valid
 *
 * A TLB never holds an invalid descriptor. The IOMMU may read tables without snooping the CPU's
 * caches.
 *
 * This file has the descriptor bits, the geometry and the registers. The walk, which is included at
 * the end and compiled for these descriptors, has everything else. The walk's header format.h
 * describes fmt and each function here.
 */
#include <linux/bits.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sizes.h>

/* The type of a descriptor, and a prefix for the functions of the walk in backtraces */
#define walk_desc	u32
#define WALK_NAME(x)	acme_##x

#include <linux/io-pgtable-walk/format.h>
#include "io-pgtable-acme-two-level.h"

#define ACME_MAX_IAS	32
#define ACME_MAX_OAS	40
#define ACME_PGSIZES	((unsigned long)(SZ_4K | SZ_4M))
#define ACME_INDEX_BITS	10		/* 1024 descriptors, in the root too */

/* Bits of descriptors. The register ROOT has its address in the same bits. */
#define ACME_VALID	BIT(0)
#define ACME_READ	BIT(1)
#define ACME_WRITE	BIT(2)
#define ACME_ACCESS	(ACME_READ | ACME_WRITE)
#define ACME_CACHE	BIT(3)
#define ACME_ADDRESS	GENMASK(31, 4)
#define ACME_ADDR_SHIFT	8		/* address bit 12 is bit 4 */
#define ACME_ROOT_SNOOP	BIT(0)

/* A block that is being split keeps its access bits: it is neither clear nor a table. */
static const struct walk_format fmt = {
	.levels		= 2,
	.last_level	= 2,
	.fixed_levels	= true,
	.table_mask	= ACME_VALID | ACME_ACCESS,
	.table		= ACME_VALID,
	.valid		= ACME_VALID,
	.splits		= true,
	.always_tells	= true,
};

static inline unsigned int fmt_index_bits(struct walk_kind kind)
{
	return ACME_INDEX_BITS;
}

/* The address has the same bits at both levels. */
static inline walk_desc fmt_addr_to_desc(struct walk_kind kind, u64 addr)
{
	return addr >> ACME_ADDR_SHIFT;
}

static inline u64 fmt_table_addr(struct walk_kind kind, walk_desc desc)
{
	return (u64)(desc & ACME_ADDRESS) << ACME_ADDR_SHIFT;
}

static inline u64 fmt_leaf_addr(struct walk_kind kind, walk_desc desc, bool page)
{
	return fmt_table_addr(kind, desc);
}

static inline walk_desc fmt_step(struct walk_kind kind, unsigned int shift)
{
	return fmt_addr_to_desc(kind, BIT_ULL(shift));
}

/* Steps never carry out of the address bits, so there is no limit. */
static inline unsigned int fmt_step_limit(struct walk_kind kind)
{
	return 64;
}

/* Attributes are all bits except the address. */
static walk_desc fmt_table_attrs(const struct io_pgtable_cfg *cfg)
{
	return ACME_VALID;
}

/* @prot has IOMMU_READ or IOMMU_WRITE: the walk refuses anything else. */
static walk_desc fmt_leaf_attrs(struct walk_kind kind, const struct io_pgtable_cfg *cfg,
				int prot, bool page)
{
	return ACME_VALID | (prot & IOMMU_READ ? ACME_READ : 0) |
	       (prot & IOMMU_WRITE ? ACME_WRITE : 0) |
	       ((prot & (IOMMU_CACHE | IOMMU_MMIO)) == IOMMU_CACHE ? ACME_CACHE : 0);
}

/* The pages of a split block have the block's attributes. */
static walk_desc fmt_split_attrs(struct walk_kind kind, walk_desc block, bool page)
{
	return block & ~ACME_ADDRESS;
}

/* Pages and blocks have an access bit, tables have none. */
static inline struct walk_leaves fmt_leaves(bool page, bool group)
{
	return (struct walk_leaves){ .some = ACME_ACCESS, .none = 0 };
}

/* The walk has refused other quirks and too many address bits, and removed other page sizes. */
static int fmt_init(struct walk_geometry *geo, struct io_pgtable_cfg *cfg)
{
	if (!(cfg->pgsize_bitmap & SZ_4K) || cfg->ias < 12 || cfg->oas < 12)
		return -EINVAL;
	/* Blocks must not be larger than the input or output space. */
	if (min(cfg->ias, cfg->oas) < 22)
		cfg->pgsize_bitmap = SZ_4K;

	geo->kind.page_shift = 12;
	geo->start_level = 1;
	geo->root_entries = BIT(ACME_INDEX_BITS);
	geo->reach = ACME_MAX_OAS;
	return 0;
}

static int fmt_registers(struct io_pgtable_cfg *cfg, const struct walk_geometry *geo,
			 phys_addr_t root)
{
	struct acme_two_level_cfg *regs = cfg->format_cfg;

	regs->root = fmt_addr_to_desc(geo->kind, root) |
		     (cfg->coherent_walk ? ACME_ROOT_SNOOP : 0);
	regs->bits = cfg->ias;
	return 0;
}

/* Descriptions of a leaf and of the registers, for debugfs */
static void fmt_describe(struct walk_kind kind, const struct io_pgtable_cfg *cfg, walk_desc desc,
			 bool page, struct io_pgtable_leaf *leaf)
{
	leaf->read = desc & ACME_READ;
	leaf->write = desc & ACME_WRITE;
	leaf->memory = desc & ACME_CACHE ? "cacheable" : "non-cacheable";
}

static void fmt_say_registers(const struct io_pgtable_cfg *cfg, struct seq_buf *text)
{
	const struct acme_two_level_cfg *regs = cfg->format_cfg;

	seq_buf_printf(text, "ROOT %#x, BITS %u", regs->root, regs->bits);
}

/* The walk: map, unmap and the other operations, compiled for the definitions above */
#include <linux/io-pgtable-walk/no-groups.h>
#include <linux/io-pgtable-walk/walk.h>

/* acme_ops: operations of a table with pages of BIT(12) bytes. acme_fns: make and free a table. */
WALK_OPS(acme, 12, 0);
WALK_FORMAT(static, acme, IO_PGTABLE_CAP_CUSTOM_ALLOCATOR, sizeof(struct acme_two_level_cfg),
	    .ops	= { &acme_ops },
	    .quirks	= IO_PGTABLE_QUIRK_NO_BBM,
	    .pgsizes	= ACME_PGSIZES,
	    .max_ias	= ACME_MAX_IAS,
	    .max_oas	= ACME_MAX_OAS);

/* The self-test writes only to a copy of this struct. */
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
