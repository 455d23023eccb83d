// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables of both generations of Rockchip's IOMMU: a directory and page tables with 1,024
 * descriptors each, for 4K pages. The bits are those that the rockchip-iommu driver uses.
 */
#include <linux/bitfield.h>
#include <linux/io-pgtable-rockchip.h>
#include <linux/module.h>
#include <linux/sizes.h>

#define walk_desc	u32
#define WALK_NAME(x)	rockchip_##x

#include <linux/io-pgtable-walk/format.h>

/* In directory entries and in page table entries */
#define ROCKCHIP_VALID		BIT(0)
#define ROCKCHIP_ADDR		GENMASK(31, 12)
/* The second generation also has address bits 35:32 and 39:36. */
#define ROCKCHIP2_ADDR_35_32	GENMASK(11, 8)
#define ROCKCHIP2_ADDR_39_36	GENMASK(7, 4)

#define ROCKCHIP_READABLE	BIT(1)
#define ROCKCHIP_WRITABLE	BIT(2)

static const struct walk_format fmt = {
	.levels		= 2,
	.last_level	= 2,
	.fixed_levels	= true,
	.table_mask	= ROCKCHIP_VALID,
	.table		= ROCKCHIP_VALID,
	.valid		= ROCKCHIP_VALID,
	.always_tells	= true,
};

/* kind.ext: the generation */
enum { ROCKCHIP1, ROCKCHIP2 };

static inline unsigned int fmt_index_bits(struct walk_kind kind)
{
	return 10;
}

static inline walk_desc fmt_addr_to_desc(struct walk_kind kind, u64 addr)
{
	walk_desc desc = addr & ROCKCHIP_ADDR;

	if (kind.ext == ROCKCHIP2)
		desc |= FIELD_PREP(ROCKCHIP2_ADDR_35_32, addr >> 32 & 0xf) |
			FIELD_PREP(ROCKCHIP2_ADDR_39_36, addr >> 36 & 0xf);
	return desc;
}

static inline u64 fmt_table_addr(struct walk_kind kind, walk_desc desc)
{
	u64 addr = desc & ROCKCHIP_ADDR;

	if (kind.ext == ROCKCHIP2)
		addr |= (u64)FIELD_GET(ROCKCHIP2_ADDR_35_32, desc) << 32 |
			(u64)FIELD_GET(ROCKCHIP2_ADDR_39_36, desc) << 36;
	return addr;
}

static inline walk_desc fmt_step(struct walk_kind kind, unsigned int shift)
{
	return BIT(shift);
}

static inline unsigned int fmt_step_limit(struct walk_kind kind)
{
	return 32;
}

static walk_desc fmt_leaf_attrs(struct walk_kind kind, const struct io_pgtable_cfg *cfg,
				int prot, bool page)
{
	return ROCKCHIP_VALID | (prot & IOMMU_READ ? ROCKCHIP_READABLE : 0) |
	       (prot & IOMMU_WRITE ? ROCKCHIP_WRITABLE : 0);
}

static int fmt_init(struct walk_geometry *geo, struct io_pgtable_cfg *cfg)
{
	/* The directory translates 32 bits. */
	if (!cfg->pgsize_bitmap || cfg->ias != 32 || (geo->kind.ext == ROCKCHIP1 && cfg->oas > 32))
		return -EINVAL;

	geo->kind.page_shift = 12;
	geo->start_level = 1;
	geo->root_entries = BIT(10);
	geo->reach = geo->kind.ext == ROCKCHIP1 ? 32 : 40;
	return 0;
}

static int fmt_registers(struct io_pgtable_cfg *cfg, const struct walk_geometry *geo,
			 phys_addr_t root)
{
	struct io_pgtable_rockchip_cfg *out = cfg->format_cfg;

	out->dte_addr = fmt_addr_to_desc(geo->kind, root) | ROCKCHIP_VALID;
	return 0;
}

static void fmt_describe(struct walk_kind kind, const struct io_pgtable_cfg *cfg, walk_desc desc,
			 bool page, struct io_pgtable_leaf *leaf)
{
	leaf->read = desc & ROCKCHIP_READABLE;
	leaf->write = desc & ROCKCHIP_WRITABLE;
}

static void fmt_say_registers(const struct io_pgtable_cfg *cfg, struct seq_buf *text)
{
	const struct io_pgtable_rockchip_cfg *regs = cfg->format_cfg;

	seq_buf_printf(text, "MMU_DTE_ADDR %#x", regs->dte_addr);
}

#include <linux/io-pgtable-walk/pages-only.h>
#include <linux/io-pgtable-walk/walk.h>

WALK_OPS(rockchip, 12, t->geo.kind.ext);

#define ROCKCHIP_VARIANT	.ops = { &rockchip_ops }, .pgsizes = SZ_4K, \
				.max_ias = 32, .max_oas = 40

WALK_FORMAT(static, rockchip1, IO_PGTABLE_CAP_CUSTOM_ALLOCATOR,
	    sizeof(struct io_pgtable_rockchip_cfg), ROCKCHIP_VARIANT, .ext = ROCKCHIP1);
WALK_FORMAT(static, rockchip2, IO_PGTABLE_CAP_CUSTOM_ALLOCATOR,
	    sizeof(struct io_pgtable_rockchip_cfg), ROCKCHIP_VARIANT, .ext = ROCKCHIP2);

static struct io_pgtable_rockchip_cfg rockchip_trial_cfg;

static const struct io_pgtable_cfg rockchip_trial = {
	.pgsize_bitmap	 = SZ_4K,
	.ias		 = 32,
	.oas		 = 32,
	.coherent_walk	 = true,
	.format_cfg	 = &rockchip_trial_cfg,
	.format_cfg_size = sizeof(rockchip_trial_cfg),
};

static struct io_pgtable_format rockchip_formats[] = {
	{ .name = IO_PGTABLE_ROCKCHIP1, .fns = &rockchip1_fns, .trial = &rockchip_trial },
	{ .name = IO_PGTABLE_ROCKCHIP2, .fns = &rockchip2_fns, .trial = &rockchip_trial },
};
module_io_pgtable_formats(rockchip_formats);

MODULE_ALIAS_IO_PGTABLE_NAMED(IO_PGTABLE_ROCKCHIP1);
MODULE_ALIAS_IO_PGTABLE_NAMED(IO_PGTABLE_ROCKCHIP2);
MODULE_DESCRIPTION("io-pgtable formats: Rockchip IOMMU");
MODULE_LICENSE("GPL");
