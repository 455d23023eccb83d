// SPDX-License-Identifier: GPL-2.0-only
/*
 * Apple DART: two formats, with pages of 4K or 16K, and up to four adjacent root tables. The bits
 * are those that the kernel's apple-dart driver uses.
 */
#include <linux/math.h>
#include <linux/module.h>
#include <linux/sizes.h>

#define walk_desc	u64
#define WALK_NAME(x)	dart_##x

#include "compat.h"
#include <linux/io-pgtable-walk/format.h>

#define DART_VALID		BIT_ULL(0)
/* The end of the accessible part of a page, in units of 1/4096 page */
#define DART_SUBPAGE_END	GENMASK_ULL(51, 40)

#define DART1_ADDR		GENMASK_ULL(35, 12)
#define DART1_SP_DIS		BIT_ULL(1)
#define DART1_NO_WRITE		BIT_ULL(7)
#define DART1_NO_READ		BIT_ULL(8)

#define DART2_ADDR		GENMASK_ULL(37, 10)
#define DART2_ADDR_SHIFT	4
#define DART2_NO_CACHE		BIT_ULL(1)
#define DART2_NO_WRITE		BIT_ULL(2)
#define DART2_NO_READ		BIT_ULL(3)

static const struct walk_format fmt = {
	.levels		= 3,	/* below the TTBRs */
	.last_level	= 3,
	.table_mask	= DART_VALID,
	.table		= DART_VALID,
	.valid		= DART_VALID,
	.always_tells	= true,
};

/* kind.ext: t8020; t6000 and t8110 */
enum { DART1, DART2 };

static inline unsigned int fmt_index_bits(struct walk_kind kind)
{
	return kind.page_shift - WALK_DESC_SHIFT;
}

static inline walk_desc fmt_addr_to_desc(struct walk_kind kind, u64 addr)
{
	return kind.ext == DART1 ? addr & DART1_ADDR : addr >> DART2_ADDR_SHIFT & DART2_ADDR;
}

static inline u64 fmt_table_addr(struct walk_kind kind, walk_desc desc)
{
	return kind.ext == DART1 ? desc & DART1_ADDR : (desc & DART2_ADDR) << DART2_ADDR_SHIFT;
}

static inline walk_desc fmt_step(struct walk_kind kind, unsigned int shift)
{
	return fmt_addr_to_desc(kind, BIT_ULL(shift));
}

/* The output address bit from which on descriptors cannot hold an address */
static inline unsigned int fmt_step_limit(struct walk_kind kind)
{
	return kind.ext == DART1 ? 36 : 64;
}

static walk_desc fmt_leaf_attrs(struct walk_kind kind, const struct io_pgtable_cfg *cfg,
				int prot, bool page)
{
	bool write = prot & IOMMU_WRITE, read = prot & IOMMU_READ;
	/* Before 7.0 the bit is set with and without IOMMU_CACHE. */
	bool cache = (prot & IOMMU_CACHE) && !COMPAT_DART2_NO_CACHE;

	if (kind.ext == DART1)
		return DART_VALID | DART_SUBPAGE_END | DART1_SP_DIS |
		       (write ? 0 : DART1_NO_WRITE) | (read ? 0 : DART1_NO_READ);
	return DART_VALID | DART_SUBPAGE_END | (cache ? 0 : DART2_NO_CACHE) |
	       (write ? 0 : DART2_NO_WRITE) | (read ? 0 : DART2_NO_READ);
}

static int fmt_init(struct walk_geometry *geo, struct io_pgtable_cfg *cfg)
{
	unsigned int bits, root_bits, levels = 2, max_root_bits;

	/* Descriptors of t6000 cannot hold address bits 13 and 12. The walker is coherent. */
	if ((cfg->pgsize_bitmap != SZ_16K &&
	     (cfg->pgsize_bitmap != SZ_4K || geo->kind.ext == DART2)) ||
	    (cfg->oas != 36 && cfg->oas != 42) || cfg->ias > cfg->oas ||
	    BIT_ULL(cfg->ias) <= cfg->pgsize_bitmap || !cfg->coherent_walk)
		return -EINVAL;

	geo->kind.page_shift = __ffs(cfg->pgsize_bitmap);
	bits = fmt_index_bits(geo->kind);
	root_bits = cfg->ias - geo->kind.page_shift;
	max_root_bits = cfg->pgsize_bitmap == SZ_4K ? 2 : COMPAT_DART_16K_ROOT_BITS;
	if (COMPAT_DART_LEVELS > 2 && root_bits > max_root_bits + 2 * bits)
		levels = DIV_ROUND_UP(root_bits - max_root_bits, bits);
	root_bits = root_bits > levels * bits ? root_bits - levels * bits : 0;
	if (levels > COMPAT_DART_LEVELS || root_bits > max_root_bits)
		return -EINVAL;

	geo->start_level = fmt.levels + 1 - levels;
	geo->root_entries = BIT(root_bits + bits);
	geo->reach = geo->kind.ext == DART1 ? 36 : 42;
	return 0;
}

static int fmt_registers(struct io_pgtable_cfg *cfg, const struct walk_geometry *geo,
			 phys_addr_t root)
{
	unsigned int i, n = geo->root_entries >> fmt_index_bits(geo->kind);

	cfg->apple_dart_cfg.n_ttbrs = n;
	cfg->apple_dart_cfg.n_levels = fmt.levels + 2 - geo->start_level;
	for (i = 0; i < n; i++)
		cfg->apple_dart_cfg.ttbr[i] = root + i * BIT(geo->kind.page_shift);
	return 0;
}

#include "apple-dart-words.h"
#include <linux/io-pgtable-walk/pages-only.h>
#include <linux/io-pgtable-walk/walk.h>

WALK_OPS(dart_4k, 12, t->geo.kind.ext);
WALK_OPS(dart_16k, 14, t->geo.kind.ext);

#define DART_VARIANT	.ops = { &dart_4k_ops, &dart_16k_ops }, .pgsizes = ULONG_MAX, \
			.max_ias = UINT_MAX, .max_oas = UINT_MAX

WALK_FORMAT(static, dart1, IO_PGTABLE_CAP_CUSTOM_ALLOCATOR, 0, DART_VARIANT, .ext = DART1);
WALK_FORMAT(static, dart2, IO_PGTABLE_CAP_CUSTOM_ALLOCATOR, 0, DART_VARIANT, .ext = DART2);

static const struct io_pgtable_cfg dart_trial = {
	.pgsize_bitmap = SZ_16K, .ias = 36, .oas = 36, .coherent_walk = true,
};

/* Above the kernel's own implementation, which has priority 0 */
static struct io_pgtable_format dart_formats[] = {
	{ .fmt = APPLE_DART, .priority = 10, .fns = &dart1_fns, .trial = &dart_trial },
	{ .fmt = APPLE_DART2, .priority = 10, .fns = &dart2_fns, .trial = &dart_trial },
};
module_io_pgtable_formats(dart_formats);

MODULE_ALIAS_IO_PGTABLE(APPLE_DART);
MODULE_ALIAS_IO_PGTABLE(APPLE_DART2);
MODULE_DESCRIPTION("io-pgtable formats: Apple DART");
MODULE_LICENSE("GPL");
