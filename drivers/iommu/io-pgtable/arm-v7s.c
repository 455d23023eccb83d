// SPDX-License-Identifier: GPL-2.0-only
/*
 * The v7s module: Armv7 short-descriptor page tables, with MediaTek's extensions.
 */
#include <linux/module.h>

#define walk_desc	u32
#define WALK_NAME(x)	v7s_##x

#include "arm-v7s-bits.h"

/* A broken section has type 0. A table is never broken. */
static const struct walk_format fmt = {
	.levels		= 2,
	.last_level	= 2,
	.fixed_levels	= true,
	.table_mask	= V7S_TYPE,
	.table		= V7S_TYPE_TABLE,
	.valid		= V7S_TYPE,
	.groups		= WALK_GROUPS_REPEAT,
	.splits		= COMPAT_SPLITS_BLOCKS,
	.always_tells	= true,
	.map_none	= -EINVAL,
};

static inline unsigned int fmt_index_bits(struct walk_kind kind)
{
	return 8;
}

static inline unsigned int fmt_group_bits(struct walk_kind kind, bool page)
{
	return V7S_GROUP_BITS;
}

static int fmt_init(struct walk_geometry *geo, struct io_pgtable_cfg *cfg)
{
	bool mtk = IS_ENABLED(CONFIG_PHYS_ADDR_T_64BIT) &&
		   cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_EXT;
	bool anywhere = cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT;

	/* MediaTek's address bits are in the place of permissions. */
	if ((cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_EXT &&
	     !(cfg->quirks & IO_PGTABLE_QUIRK_NO_PERMS)) || (anywhere && !mtk))
		return -EINVAL;
	if (cfg->ias > (mtk ? 34 : 32) || cfg->oas > (mtk ? 35 : 32))
		return -EINVAL;

	/* Remove page sizes larger than the input address space. */
	cfg->pgsize_bitmap &= GENMASK_ULL(cfg->ias, 0);
	if (!cfg->pgsize_bitmap)
		return -EINVAL;

	geo->kind.page_shift = 12;
	geo->kind.ext = mtk;
	geo->start_level = 1;
	/* For less than 32 bits the walker still uses a root for 32 bits. */
	geo->root_entries = BIT(max(cfg->ias, 32) - 20);
	geo->reach = anywhere ? cfg->oas : 32;
	return 0;
}

static int fmt_registers(struct io_pgtable_cfg *cfg, const struct walk_geometry *geo,
			 phys_addr_t root)
{
	/* TTBCR.N and EAE are 0: one table of short descriptors for all addresses */
	cfg->arm_v7s_cfg.tcr = 0;
	cfg->arm_v7s_cfg.prrr =
		V7S_PRRR_TR(V7S_INDEX_DEVICE, V7S_TYPE_DEVICE) |
		V7S_PRRR_TR(V7S_INDEX_NC, V7S_TYPE_NORMAL) |
		V7S_PRRR_TR(V7S_INDEX_CACHE, V7S_TYPE_NORMAL) |
		V7S_PRRR_DS0 | V7S_PRRR_DS1 | V7S_PRRR_NS1 |
		V7S_PRRR_NOS(V7S_INDEX_CACHE);
	cfg->arm_v7s_cfg.nmrr = V7S_NMRR_IR(V7S_INDEX_CACHE, V7S_RGN_WBWA) |
				V7S_NMRR_OR(V7S_INDEX_CACHE, V7S_RGN_WBWA);

	/* MediaTek's TTBR has address bits 34:32 in the place of attributes. */
	if (geo->kind.ext)
		cfg->arm_v7s_cfg.ttbr = root | upper_32_bits(root);
	else
		cfg->arm_v7s_cfg.ttbr = root | V7S_TTBR_S |
			(cfg->coherent_walk ? V7S_TTBR_NOS | V7S_TTBR_WBWA : 0);
	return 0;
}

/* Convert any leaf to a small page, then describe the small page's attributes. */
static void fmt_describe(struct walk_kind kind, const struct io_pgtable_cfg *cfg, walk_desc desc,
			 bool page, struct io_pgtable_leaf *leaf)
{
	static const char *const memory[8] = {
		[V7S_INDEX_DEVICE] = "device", [V7S_INDEX_NC] = "non-cacheable",
		[V7S_INDEX_CACHE] = "write-back",
	};
	bool perms = !(cfg->quirks & IO_PGTABLE_QUIRK_NO_PERMS), ns = desc & V7S_SECTION_NS;
	unsigned int attrs, index;

	if (!page)
		desc = fmt_split_attrs(kind, desc, true);
	else if (fmt_is_group(desc, true))
		desc = v7s_large_to_small(desc);
	attrs = desc >> V7S_SMALL_ATTRS_SHIFT;
	index = (attrs & V7S_TEX0 ? 4 : 0) | (desc & V7S_C ? 2 : 0) | (desc & V7S_B ? 1 : 0);

	leaf->read = true;
	leaf->write = !perms || !(attrs & V7S_AP_RDONLY);
	leaf->exec = !perms || !(desc & V7S_SMALL_XN);
	leaf->user = !perms || (attrs & V7S_AP_UNPRIV);
	leaf->memory = memory[index] ?: "reserved";
	if (attrs & V7S_S)
		io_pgtable_leaf_say(leaf, "shareable");
	if (attrs & V7S_NG)
		io_pgtable_leaf_say(leaf, "not-global");
	if (!page && ns)
		io_pgtable_leaf_say(leaf, "non-secure");
}

static void fmt_say_registers(const struct io_pgtable_cfg *cfg, struct seq_buf *text)
{
	seq_buf_printf(text, "TTBR0 %#x, TTBCR %#x, PRRR %#x, NMRR %#x", cfg->arm_v7s_cfg.ttbr,
		       cfg->arm_v7s_cfg.tcr, cfg->arm_v7s_cfg.prrr, cfg->arm_v7s_cfg.nmrr);
}

#include <linux/io-pgtable-walk/walk.h>

WALK_OPS(v7s, 12, t->geo.kind.ext);

WALK_FORMAT(static, v7s, 0, 0,
	    .ops	= { &v7s_ops },
	    .quirks	= IO_PGTABLE_QUIRK_ARM_NS | IO_PGTABLE_QUIRK_NO_PERMS |
			  IO_PGTABLE_QUIRK_ARM_MTK_EXT |
			  IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT,
	    .pgsizes	= SZ_4K | SZ_64K | SZ_1M | SZ_16M,
	    .max_ias	= 34,
	    .max_oas	= 35);

static const struct io_pgtable_cfg v7s_trial = {
	.pgsize_bitmap	= SZ_4K | SZ_64K | SZ_1M | SZ_16M,
	.ias		= 32,
	.oas		= 32,
	.coherent_walk	= true,
};

static struct io_pgtable_format v7s_formats[] = {
	{ .fmt = ARM_V7S, .fns = &v7s_fns, .trial = &v7s_trial },
};
module_io_pgtable_formats(v7s_formats);

MODULE_ALIAS_IO_PGTABLE(ARM_V7S);
MODULE_DESCRIPTION("io-pgtable format: Armv7 short descriptors (v7s)");
MODULE_LICENSE("GPL");
