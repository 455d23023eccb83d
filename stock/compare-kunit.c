// SPDX-License-Identifier: GPL-2.0-only
/*
 * Our formats and the kernel's own side by side on the same calls. What drivers can
 * see must be the same: which configurations are accepted, register values, return
 * codes, every descriptor; and what our tables ask of a TLB is at least what stock's
 * do. What is different on purpose is in Documentation/io-pgtable.rst, and is either
 * not asked here or allowed for by name.
 */
#include <kunit/device.h>
#include <kunit/test.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sizes.h>

#include "compat.h"
#include "stock.h"

static unsigned long long seed;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "of the sequences; 0: chosen at random");

static unsigned int operations = 6000;
module_param(operations, uint, 0444);
MODULE_PARM_DESC(operations, "length of a sequence");

#define SIZES_4K	(SZ_4K | SZ_2M | SZ_1G)
#define SIZES_16K	(SZ_16K | SZ_32M)
#define SIZES_64K	(SZ_64K | SZ_512M)
#define SIZES_V7S	(SZ_4K | SZ_64K | SZ_1M | SZ_16M)

#define NS		IO_PGTABLE_QUIRK_ARM_NS
#define NO_PERMS	IO_PGTABLE_QUIRK_NO_PERMS
#define MTK		(NO_PERMS | IO_PGTABLE_QUIRK_ARM_MTK_EXT)
#define MTK_TTBR	(MTK | IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT)
#define TTBR1		IO_PGTABLE_QUIRK_ARM_TTBR1
#define OUTER_WBWA	IO_PGTABLE_QUIRK_ARM_OUTER_WBWA
#define HD		IO_PGTABLE_QUIRK_ARM_HD
#define S2FWB		IO_PGTABLE_QUIRK_ARM_S2FWB
#define NO_WARN		IO_PGTABLE_QUIRK_NO_WARN

struct shape {
	const char *name;
	enum io_pgtable_fmt fmt;
	unsigned long sizes;
	unsigned int ias;
	unsigned int oas;
	unsigned long quirks;
	bool noncoherent;
};

static const struct shape shapes[] = {
	{ "s1_4k_48_48", ARM_64_LPAE_S1, SIZES_4K, 48, 48 },
	{ "s1_4k_39_40_hd", ARM_64_LPAE_S1, SIZES_4K, 39, 40, HD },
	{ "s1_4k_39_48_ttbr1_nc", ARM_64_LPAE_S1, SIZES_4K, 39, 48, TTBR1, true },
	{ "s1_4k_33_36_ns", ARM_64_LPAE_S1, SIZES_4K, 33, 36, NS },
	{ "s1_16k_48_48", ARM_64_LPAE_S1, SIZES_16K, 48, 48 },
	{ "s1_16k_36_40_nc", ARM_64_LPAE_S1, SIZES_16K, 36, 40, 0, true },
	{ "s1_64k_48_48", ARM_64_LPAE_S1, SIZES_64K, 48, 48 },
	{ "s1_64k_52_52", ARM_64_LPAE_S1, SIZES_64K | SZ_4T, 52, 52 },
	ROWS_ON_7_3({ "s1_4k_40_40_hd_no_warn", ARM_64_LPAE_S1, SIZES_4K, 40, 40, HD | NO_WARN })
	{ "s2_4k_48_48", ARM_64_LPAE_S2, SIZES_4K, 48, 48 },
	{ "s2_4k_40_40_nc", ARM_64_LPAE_S2, SIZES_4K, 40, 40, 0, true },
	ROWS_ON_7_3({ "s2_4k_43_44_fwb", ARM_64_LPAE_S2, SIZES_4K, 43, 44, S2FWB | NO_WARN })
	{ "s2_16k_48_48", ARM_64_LPAE_S2, SIZES_16K, 48, 48 },
	{ "s2_64k_52_52", ARM_64_LPAE_S2, SIZES_64K | SZ_4T, 52, 52 },
	{ "s1_32_40", ARM_32_LPAE_S1, SIZES_4K, 32, 40 },
	{ "s2_40_40", ARM_32_LPAE_S2, SIZES_4K, 40, 40 },
	{ "mali_48_40", ARM_MALI_LPAE, SIZES_4K, 48, 40 },
	{ "mali_39_40_nc", ARM_MALI_LPAE, SIZES_4K, 39, 40, 0, true },
	{ "mali_33_36", ARM_MALI_LPAE, SIZES_4K, 33, 36 },
	{ "v7s", ARM_V7S, SIZES_V7S, 32, 32 },
	{ "v7s_ns_nc", ARM_V7S, SIZES_V7S, 32, 32, NS, true },
	{ "v7s_4k_1m", ARM_V7S, SZ_4K | SZ_1M, 32, 32 },
	{ "v7s_no_perms", ARM_V7S, SIZES_V7S, 32, 32, NO_PERMS },
	{ "v7s_mtk_32_34", ARM_V7S, SIZES_V7S, 32, 34, MTK },
	{ "v7s_mtk_34_35_nc", ARM_V7S, SIZES_V7S, 34, 35, MTK_TTBR, true },
	/* Without ours the kernel's own would be compared with itself. */
#if IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_APPLE_DART)
	{ "dart_16k_36_36", APPLE_DART, SZ_16K, 36, 36 },
	{ "dart_4k_30_36", APPLE_DART, SZ_4K, 30, 36 },
	{ "dart_4k_31_36_two_roots", APPLE_DART, SZ_4K, 31, 36 },
	{ "dart_4k_32_36_four_roots", APPLE_DART, SZ_4K, 32, 36 },
	ROWS_ON_7_3({ "dart_4k_36_36_three_levels", APPLE_DART, SZ_4K, 36, 36 })
	/* Addresses whose bits 36 and more descriptors do not hold */
	{ "dart_16k_36_42", APPLE_DART, SZ_16K, 36, 42 },
	{ "dart2_16k_32_42", APPLE_DART2, SZ_16K, 32, 42 },
	/* Two and four roots in 6.12, three levels in 7.3 */
	{ "dart2_16k_37_42", APPLE_DART2, SZ_16K, 37, 42 },
	{ "dart2_16k_38_42", APPLE_DART2, SZ_16K, 38, 42 },
	ROWS_ON_7_3({ "dart2_16k_42_42", APPLE_DART2, SZ_16K, 42, 42 })
#endif
};

KUNIT_ARRAY_PARAM_DESC(shapes, shapes, name);

static bool is_dart(enum io_pgtable_fmt fmt)
{
	return fmt == APPLE_DART || fmt == APPLE_DART2;
}

static bool is_lpae(enum io_pgtable_fmt fmt)
{
	return fmt != ARM_V7S && !is_dart(fmt);
}

static struct io_pgtable_init_fns *stock_fns(enum io_pgtable_fmt fmt)
{
	switch (fmt) {
	case ARM_32_LPAE_S1:
		return &stock_32_s1_fns;
	case ARM_32_LPAE_S2:
		return &stock_32_s2_fns;
	case ARM_64_LPAE_S1:
		return &stock_64_s1_fns;
	case ARM_64_LPAE_S2:
		return &stock_64_s2_fns;
	case ARM_MALI_LPAE:
		return &stock_mali_fns;
	case APPLE_DART:
	case APPLE_DART2:
		return &stock_dart_fns;
	default:
		return &stock_v7s_fns;
	}
}

/*
 * A side: a table, and what it asked of its TLB since the last call
 */

#define MAX_FLUSHES 16

struct flush {
	u64 first;
	u64 last;
	bool walk;
};

struct side {
	struct io_pgtable_cfg cfg;
	struct io_pgtable_ops *ops;
	struct flush flush[MAX_FLUSHES];
	unsigned int n_flush;
};

struct pair {
	struct kunit *test;
	const struct shape *shape;
	struct device *dev;
	struct rnd_state rnd;
	struct side ours;
	struct side stock;
};

static void note(struct side *side, u64 iova, u64 size, bool walk)
{
	struct flush *last = side->n_flush ? &side->flush[side->n_flush - 1] : NULL;

	if (last && last->walk == walk && last->last + 1 == iova)
		last->last = iova + size - 1;
	else if (side->n_flush < MAX_FLUSHES)
		side->flush[side->n_flush++] = (struct flush){
			.first = iova, .last = iova + size - 1, .walk = walk,
		};
}

static void side_flush_all(void *cookie)
{
}

static void side_flush_walk(unsigned long iova, size_t size, size_t granule,
			    void *cookie)
{
	/* Stock names the page that is unmapped, not the block that is split. */
	note(cookie, iova & ~(size - 1), size, true);
}

static void side_add_page(struct iommu_iotlb_gather *gather, unsigned long iova,
			  size_t granule, void *cookie)
{
	note(cookie, iova, granule, false);
}

static const struct iommu_flush_ops side_tlb = {
	.tlb_flush_all	= side_flush_all,
	.tlb_flush_walk	= side_flush_walk,
	.tlb_add_page	= side_add_page,
};

/* Is every invalidation that stock asked for among ours? */
static bool flushes_enough(struct pair *pair)
{
	unsigned int i, j;
	u64 at;

	if (pair->ours.n_flush == MAX_FLUSHES || pair->stock.n_flush == MAX_FLUSHES)
		return true;
	for (i = 0; i < pair->stock.n_flush; i++) {
		const struct flush *want = &pair->stock.flush[i];

		at = want->first;
		for (j = 0; j < pair->ours.n_flush; j++) {
			const struct flush *have = &pair->ours.flush[j];

			if (have->first > at || have->last < at ||
			    (want->walk && !have->walk))
				continue;
			if (have->last >= want->last)
				break;
			at = have->last + 1;
			j = -1;
		}
		if (j == pair->ours.n_flush)
			return false;
	}
	return true;
}

/* Return: an error as io_pgtable_alloc() has it; stock knows only one. */
static int make_ours(struct pair *pair)
{
	struct side *side = &pair->ours;

	side->ops = io_pgtable_alloc(pair->shape->fmt, &side->cfg, side);
	return PTR_ERR_OR_ZERO(side->ops);
}

/* Of DART the kernel's own is registered, too. */
static bool is_ours(const struct pair *pair)
{
	return !is_dart(pair->shape->fmt) ||
	       io_pgtable_ops_to_pgtable(pair->ours.ops)->format->priority >
	       IO_PGTABLE_PRIORITY_DEFAULT;
}

static bool make_stock(struct pair *pair)
{
	struct side *side = &pair->stock;
	struct io_pgtable *iop = stock_fns(pair->shape->fmt)->alloc(&side->cfg, side);

	if (!iop)
		return false;
	iop->fmt = pair->shape->fmt;
	iop->cookie = side;
	iop->cfg = side->cfg;
	side->ops = &iop->ops;
	return true;
}

static void configure(struct pair *pair, const struct shape *shape)
{
	pair->shape = shape;
	pair->ours = (struct side){
		.cfg = {
			.quirks = shape->quirks,
			.pgsize_bitmap = shape->sizes,
			.ias = shape->ias,
			.oas = shape->oas,
			.coherent_walk = !shape->noncoherent,
			.tlb = &side_tlb,
			.iommu_dev = pair->dev,
		},
	};
	pair->stock = pair->ours;
}

static void free_both(struct pair *pair)
{
	if (!IS_ERR_OR_NULL(pair->ours.ops))
		free_io_pgtable_ops(pair->ours.ops);
	if (pair->stock.ops)
		stock_fns(pair->shape->fmt)->free(io_pgtable_ops_to_pgtable(pair->stock.ops));
	pair->ours.ops = NULL;
	pair->stock.ops = NULL;
}

static void free_pair(void *pair)
{
	free_both(pair);
}

static struct pair *new_pair(struct kunit *test)
{
	struct pair *pair = kunit_kzalloc(test, sizeof(*pair), GFP_KERNEL);
	static unsigned int devices;
	char name[16];

	KUNIT_ASSERT_NOT_NULL(test, pair);
	pair->test = test;
	snprintf(name, sizeof(name), "stock%u", devices++);
	pair->dev = kunit_device_register(test, name);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pair->dev);
	KUNIT_ASSERT_EQ(test, dma_set_mask_and_coherent(pair->dev, DMA_BIT_MASK(64)), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_pair, pair), 0);
	return pair;
}

/*
 * Configurations
 */

static unsigned int granule_shift(const struct io_pgtable_cfg *cfg)
{
	return __ffs(cfg->pgsize_bitmap);
}

/* Where stock begins its walks is not where the architecture lets them begin. */
static bool starts_too_high(const struct pair *pair)
{
	return ON_7_3(false) ON_6_12(pair->shape->fmt == ARM_64_LPAE_S2 &&
				     pair->shape->oas <= 40 &&
				     granule_shift(&pair->stock.cfg) == 14);
}

/* The registers, but for the addresses of tables and what we have put right */
static bool registers_equal(const struct pair *pair)
{
	const struct io_pgtable_cfg *a = &pair->ours.cfg, *b = &pair->stock.cfg;

	switch (pair->shape->fmt) {
	case ARM_32_LPAE_S1:
	case ARM_64_LPAE_S1:
		return !memcmp(&a->arm_lpae_s1_cfg.tcr, &b->arm_lpae_s1_cfg.tcr,
			       sizeof(a->arm_lpae_s1_cfg.tcr)) &&
		       a->arm_lpae_s1_cfg.mair == lower_32_bits(b->arm_lpae_s1_cfg.mair);
	case ARM_32_LPAE_S2:
	case ARM_64_LPAE_S2:
		return starts_too_high(pair) ||
		       !memcmp(&a->arm_lpae_s2_cfg.vtcr, &b->arm_lpae_s2_cfg.vtcr,
			       sizeof(a->arm_lpae_s2_cfg.vtcr));
	case ARM_MALI_LPAE:
		return a->arm_mali_lpae_cfg.memattr == b->arm_mali_lpae_cfg.memattr &&
		       !((a->arm_mali_lpae_cfg.transtab ^ b->arm_mali_lpae_cfg.transtab) & 0xfff);
	case APPLE_DART:
	case APPLE_DART2:
		/* 6.12 does not say how many levels there are. */
		return a->apple_dart_cfg.n_ttbrs == b->apple_dart_cfg.n_ttbrs &&
		       ON_6_12(true)
		       ON_7_3(a->apple_dart_cfg.n_levels == b->apple_dart_cfg.n_levels);
	default:
		return a->arm_v7s_cfg.tcr == b->arm_v7s_cfg.tcr &&
		       a->arm_v7s_cfg.prrr == b->arm_v7s_cfg.prrr &&
		       a->arm_v7s_cfg.nmrr == b->arm_v7s_cfg.nmrr &&
		       !((a->arm_v7s_cfg.ttbr ^ b->arm_v7s_cfg.ttbr) & 0xfff);
	}
}

/* Sizes that stock offers and refuses are those that we do not offer. */
static bool sizes_equal(const struct pair *pair)
{
	const struct io_pgtable_cfg *a = &pair->ours.cfg, *b = &pair->stock.cfg;
	unsigned long missing = b->pgsize_bitmap & ~a->pgsize_bitmap;

	if (a->pgsize_bitmap & ~b->pgsize_bitmap)
		return false;
	/* Also a block that would be the whole input address space, at LPAE */
	return !missing || __ffs(missing) >= a->ias - is_lpae(pair->shape->fmt) + 1 ||
	       (is_lpae(pair->shape->fmt) && __ffs(missing) >= a->ias) ||
	       starts_too_high(pair);
}

static void compare_configuration(struct pair *pair, const struct shape *shape)
{
	bool accepted;
	int ret;

	configure(pair, shape);
	accepted = make_stock(pair);
	ret = make_ours(pair);
	KUNIT_EXPECT_EQ_MSG(pair->test, ret, accepted ? 0 : -EINVAL,
			    "fmt %u sizes %#lx ias %u oas %u quirks %#lx nc %d",
			    shape->fmt, shape->sizes, shape->ias, shape->oas,
			    shape->quirks, shape->noncoherent);
	if (!ret && accepted) {
		const struct io_pgtable_cfg *a = &pair->ours.cfg, *b = &pair->stock.cfg;

		KUNIT_EXPECT_TRUE_MSG(pair->test,
				      a->ias == b->ias && a->oas == b->oas &&
				      a->quirks == b->quirks && sizes_equal(pair) &&
				      registers_equal(pair),
				      "fmt %u sizes %#lx/%#lx/%#lx ias %u/%u/%u oas %u/%u/%u quirks %#lx nc %d",
				      shape->fmt, shape->sizes, a->pgsize_bitmap, b->pgsize_bitmap,
				      shape->ias, a->ias, b->ias, shape->oas, a->oas, b->oas,
				      shape->quirks, shape->noncoherent);
	}
	free_both(pair);
}

static const unsigned int oas_values[] = {
	30, 32, 33, 34, 35, 36, 39, 40, 41, 42, 44, 45, 48, 50, 52, 56,
};

static const unsigned long size_values[] = {
	SIZES_4K, SZ_4K, SZ_2M, SZ_4K | SZ_16K | SZ_64K, SIZES_16K, SIZES_64K,
	SIZES_64K | SZ_4T, SIZES_4K | SIZES_16K | SIZES_64K, SIZES_V7S,
	SZ_1M | SZ_16M, ULONG_MAX,
};

static const unsigned long quirk_values[] = {
	0, NS, NO_PERMS, MTK, MTK_TTBR, TTBR1, OUTER_WBWA, HD, TTBR1 | HD, NS | TTBR1,
	NO_PERMS | NS, IO_PGTABLE_QUIRK_ARM_MTK_EXT, IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT,
	S2FWB, NO_WARN, S2FWB | NO_WARN, HD | NO_WARN, BIT(2), BIT(20),
};

/*
 * DART's does not look at quirks, nor whether descriptors can point to tables of 4K: those of T6000
 * have no room for bits 13 and 12.
 */
static bool makes_no_sense_for_dart(const struct shape *shape)
{
	return shape->quirks || shape->ias <= __ffs(shape->sizes) ||
	       (shape->fmt == APPLE_DART2 && shape->sizes == SZ_4K);
}

/*
 * Input address sizes of one page or less, or for which stock shifts by a negative
 * number, or no page size at all: stock accepts these, and we refuse them. Or memory
 * for tables that may be out of reach.
 */
static bool makes_no_sense(const struct shape *shape)
{
	unsigned long sizes = shape->sizes & SIZES_V7S;

	if (is_dart(shape->fmt))
		return makes_no_sense_for_dart(shape);
	if (shape->fmt == ARM_V7S)
		return shape->ias < 20 || !sizes ||
		       BIT_ULL(shape->ias) < BIT(__ffs(sizes)) ||
		       (shape->quirks == MTK_TTBR && shape->oas < 32);
	sizes = shape->sizes & (SZ_4K | SZ_16K | SZ_64K);
	return sizes && shape->ias <= __ffs(sizes);
}

struct format {
	const char *name;
	enum io_pgtable_fmt fmt;
};

static const struct format formats[] = {
	{ "32_s1", ARM_32_LPAE_S1 }, { "32_s2", ARM_32_LPAE_S2 },
	{ "64_s1", ARM_64_LPAE_S1 }, { "64_s2", ARM_64_LPAE_S2 },
	{ "mali", ARM_MALI_LPAE }, { "v7s", ARM_V7S },
#if IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_APPLE_DART)
	{ "dart", APPLE_DART }, { "dart2", APPLE_DART2 },
#endif
};

KUNIT_ARRAY_PARAM_DESC(formats, formats, name);

static void configurations(struct kunit *test)
{
	const struct format *format = test->param_value;
	struct pair *pair = new_pair(test);
	struct shape shape = { .fmt = format->fmt };
	unsigned int s, o, q, n = 0;

	for (shape.ias = 10; shape.ias <= 56; shape.ias++)
		for (s = 0; s < ARRAY_SIZE(size_values); s++)
			for (o = 0; o < ARRAY_SIZE(oas_values); o++)
				for (q = 0; q < 2 * ARRAY_SIZE(quirk_values); q++) {
					shape.sizes = size_values[s];
					shape.oas = oas_values[o];
					shape.quirks = quirk_values[q / 2];
					shape.noncoherent = q & 1;
					if (makes_no_sense(&shape))
						continue;
					compare_configuration(pair, &shape);
					if (READ_ONCE(test->status) == KUNIT_FAILURE)
						return;
					n++;
					cond_resched();
				}
	kunit_info(test, "compared %u of them\n", n);
}

/*
 * Tables: what a walk passes on its way to an address
 */

struct trail {
	u64 desc[4];		/* without the addresses of tables */
	unsigned int n;
	u64 size;		/* of what the last one translates */
	bool live;
};

static unsigned int start_level(const struct pair *pair)
{
	const struct io_pgtable_cfg *cfg = &pair->stock.cfg;
	unsigned int shift = granule_shift(cfg);

	switch (pair->shape->fmt) {
	case ARM_V7S:
		return 1;
	case ARM_MALI_LPAE:
		return 0;
	case ARM_32_LPAE_S2:
	case ARM_64_LPAE_S2:
		return (shift == 12 ? 2 : 3) - cfg->arm_lpae_s2_cfg.vtcr.sl;
	default:
		return 4 - DIV_ROUND_UP(cfg->ias - shift, shift - 3);
	}
}

static u64 root_of(const struct pair *pair, const struct side *side)
{
	const struct io_pgtable_cfg *cfg = &side->cfg;

	switch (pair->shape->fmt) {
	case ARM_V7S:
		return cfg->arm_v7s_cfg.ttbr & GENMASK(31, 12);
	case ARM_MALI_LPAE:
		return cfg->arm_mali_lpae_cfg.transtab & GENMASK_ULL(47, 12);
	case ARM_32_LPAE_S2:
	case ARM_64_LPAE_S2:
		return cfg->arm_lpae_s2_cfg.vttbr;
	default:
		return cfg->arm_lpae_s1_cfg.ttbr;
	}
}

/* Stage 2's XN[0] lets EL1 execute. Bit 55 is software's: when it is set may differ. */
static u64 without_known_differences(const struct pair *pair, u64 desc)
{
	bool s2 = pair->shape->fmt == ARM_64_LPAE_S2 ||
		  pair->shape->fmt == ARM_32_LPAE_S2;

	return desc & ~(BIT_ULL(55) | (s2 ? BIT_ULL(53) : 0));
}

/* A descriptor without the address of a table, and without what is known to differ */
static u64 comparable(const struct pair *pair, unsigned int level, u64 desc)
{
	if (level < 3 && (desc & 3) == 3)
		return desc & ~GENMASK_ULL(47, granule_shift(&pair->stock.cfg)) & ~BIT_ULL(55);
	return without_known_differences(pair, desc);
}

static struct trail walk_lpae(const struct pair *pair, const struct side *side, u64 iova)
{
	unsigned int shift = granule_shift(&pair->stock.cfg), bits = shift - 3;
	unsigned int level = start_level(pair), at = shift + (3 - level) * bits;
	u64 index = (iova & (BIT_ULL(pair->stock.cfg.ias) - 1)) >> at, desc;
	u64 *table = phys_to_virt(root_of(pair, side));
	struct trail trail = {};

	for (;; level++) {
		desc = table[index];
		trail.size = BIT_ULL(at);
		trail.live = desc;
		trail.desc[trail.n++] = comparable(pair, level, desc);
		if (level == 3 || (desc & 3) != 3)
			break;
		table = phys_to_virt(desc & GENMASK_ULL(47, shift));
		at -= bits;
		index = iova >> at & (BIT_ULL(bits) - 1);
	}
	return trail;
}

static struct trail walk_v7s(const struct pair *pair, const struct side *side, u64 iova)
{
	u32 *table = phys_to_virt(root_of(pair, side));
	u32 desc = table[iova >> 20];
	struct trail trail = { .size = SZ_1M };

	if ((desc & 3) == 1) {
		trail.desc[trail.n++] = desc & GENMASK(9, 0);
		table = phys_to_virt(desc & GENMASK(31, 10));
		desc = table[iova >> 12 & 0xff];
		trail.size = SZ_4K;
	}
	trail.desc[trail.n++] = desc;
	trail.live = desc;
	return trail;
}

static struct trail walk_dart(const struct pair *pair, const struct side *side, u64 iova)
{
	unsigned int shift = granule_shift(&pair->stock.cfg), bits = shift - 3;
	unsigned int low = pair->shape->fmt == APPLE_DART ? 0 : 4;
	unsigned int levels = ON_6_12(2) ON_7_3(pair->stock.cfg.apple_dart_cfg.n_levels - 1);
	unsigned int at = shift + levels * bits;
	u64 *table = phys_to_virt(side->cfg.apple_dart_cfg.ttbr[iova >> at]), desc;
	struct trail trail = { .size = BIT_ULL(at) };

	while (levels--) {
		at -= bits;
		trail.size = BIT_ULL(at);
		desc = table[iova >> at & (BIT_ULL(bits) - 1)];
		trail.live = desc;
		/* Of a table, but for its address */
		trail.desc[trail.n++] = levels ? desc & ~GENMASK_ULL(39, shift - low) : desc;
		if (!desc)
			break;
		table = phys_to_virt((desc & GENMASK_ULL(39, shift - low)) << low);
	}
	return trail;
}

static struct trail walk(const struct pair *pair, const struct side *side, u64 iova)
{
	if (is_dart(pair->shape->fmt))
		return walk_dart(pair, side, iova);
	return is_lpae(pair->shape->fmt) ? walk_lpae(pair, side, iova) :
					   walk_v7s(pair, side, iova);
}

/* Return: whether both tables have the same at @iova and whatever comes up to @last. */
static bool tables_equal(struct pair *pair, u64 iova, u64 last)
{
	for (;;) {
		struct trail a = walk(pair, &pair->ours, iova);
		struct trail b = walk(pair, &pair->stock, iova);

		if (memcmp(&a, &b, sizeof(a))) {
			kunit_info(pair->test, "%#llx: ours %u %#llx %#llx %#llx %#llx, stock %u %#llx %#llx %#llx %#llx\n",
				   iova, a.n, a.desc[0], a.desc[1], a.desc[2], a.desc[3],
				   b.n, b.desc[0], b.desc[1], b.desc[2], b.desc[3]);
			return false;
		}
		iova |= a.size - 1;
		if (iova >= last)
			return true;
		iova++;
	}
}

/* Is there anything live in [iova, last], and then at least below the level of @size? */
static bool is_live(struct pair *pair, u64 iova, u64 last, u64 size, bool *below)
{
	bool any = false;

	for (;;) {
		struct trail trail = walk(pair, &pair->stock, iova);

		any |= trail.live;
		*below |= trail.live && trail.size < size;
		iova |= trail.size - 1;
		if (iova >= last)
			return any;
		iova++;
	}
}

/*
 * Operations
 */

struct span {
	u64 iova;
	u64 last;
	u64 size;
	u64 count;
};

static u32 below(struct pair *pair, u32 n)
{
	return prandom_u32_state(&pair->rnd) % n;
}

static u64 rnd64(struct pair *pair)
{
	return (u64)prandom_u32_state(&pair->rnd) << 32 | prandom_u32_state(&pair->rnd);
}

static u64 some_size(struct pair *pair)
{
	unsigned long sizes = pair->ours.cfg.pgsize_bitmap;
	unsigned int n = below(pair, 3) ? 0 : below(pair, hweight_long(sizes));

	while (n--)
		sizes &= sizes - 1;
	return sizes & -sizes;
}

/* Close to a few places, so that ranges meet */
static struct span some_span(struct pair *pair)
{
	u64 space = BIT_ULL(pair->stock.cfg.ias), size = some_size(pair);
	u64 zone = min(space / 4, below(pair, 3) ? SZ_8M + 0ULL : 4 * size);
	u64 offset = rnd64(pair) & (zone - 1);
	struct span r = { .size = size };

	if (below(pair, 2))
		offset = space - 1 - offset;
	else if (below(pair, 2))
		offset += space / 2;
	offset &= ~(size - 1);
	r.count = 1 + below(pair, below(pair, 24) || size > SZ_64K ? 5 : 600);
	r.count = min(r.count, (space - offset) >> __ffs64(size));
	r.iova = offset;
	if (pair->shape->quirks & TTBR1)
		r.iova |= ~(space - 1);
	r.last = r.iova + (r.count << __ffs64(size)) - 1;
	return r;
}

/* As the IOMMU core does: again and again until it is done, or fails. */
static int map_all(struct side *side, const struct span *r, u64 pa, int prot, u64 *done)
{
	size_t mapped;
	int ret = 0;

	for (*done = 0; *done < r->count; *done += mapped >> __ffs64(r->size)) {
		mapped = 0;
		ret = side->ops->map_pages(side->ops, r->iova + *done * r->size,
					   pa + *done * r->size, r->size,
					   r->count - *done, prot, GFP_KERNEL, &mapped);
		if (ret || !mapped)
			break;
	}
	return ret;
}

static u64 unmap_all(struct side *side, const struct span *r, bool gathers, bool queued)
{
	struct iommu_iotlb_gather gather;
	u64 done, n;

	side->n_flush = 0;
	iommu_iotlb_gather_init(&gather);
	gather.queued = queued;
	for (done = 0; done < r->count; done += n) {
		n = side->ops->unmap_pages(side->ops, r->iova + done * r->size, r->size,
					   r->count - done, gathers ? &gather : NULL);
		n >>= __ffs64(r->size);
		if (!n)
			break;
	}
	return done;
}

static void explain(struct pair *pair, const char *what, const struct span *r)
{
	KUNIT_FAIL_AND_ABORT(pair->test, "%s %#llx..%#llx size %#llx: see above",
			     what, r->iova, r->last, r->size);
}

static void compare_map(struct pair *pair)
{
	struct span r = some_span(pair);
	int prot = below(pair, 64), ret, want;
	bool finer = false;
	u64 pa, done, want_done;

	pa = rnd64(pair) & (BIT_ULL(pair->stock.cfg.oas) - 1) & ~(r.size - 1);
	if (pa + (r.last - r.iova) >= BIT_ULL(pair->stock.cfg.oas))
		pa = 0;
	if (r.last - r.iova >= BIT_ULL(pair->stock.cfg.oas))
		return;
	if (is_live(pair, r.iova, r.last, r.size, &finer)) {
		/* Only one, and not over pages: stock would replace these. */
		r.count = 1;
		r.last = r.iova + r.size - 1;
		finer = false;
		is_live(pair, r.iova, r.last, r.size, &finer);
		if (finer)
			return;
	}
	ret = map_all(&pair->ours, &r, pa, prot, &done);
	want = map_all(&pair->stock, &r, pa, prot, &want_done);
	if (ret != want || done != want_done || !tables_equal(pair, r.iova, r.last)) {
		kunit_info(pair->test, "map: ours %d, %llu; stock %d, %llu; prot %#x, pa %#llx\n",
			   ret, done, want, want_done, prot, pa);
		explain(pair, "map", &r);
	}
}

/* Stock's splits of sections are wrong, where it has any. */
static bool splits_section(struct pair *pair, const struct span *r)
{
	u64 iova;

	if (!SPLITS_BLOCKS || pair->shape->fmt != ARM_V7S)
		return false;
	for (iova = r->iova & ~(u64)(SZ_1M - 1); iova <= r->last; iova += SZ_1M) {
		struct trail trail = walk(pair, &pair->stock, iova);

		if (trail.live && trail.size == SZ_1M &&
		    (r->size < SZ_1M || (trail.desc[0] & BIT(18) && r->size == SZ_1M)))
			return true;
	}
	return false;
}

static void compare_unmap(struct pair *pair)
{
	bool gathers = below(pair, 4), queued = !below(pair, 4);
	struct span r = some_span(pair);
	u64 done, want;

	if (splits_section(pair, &r))
		return;
	done = unmap_all(&pair->ours, &r, gathers, queued);
	want = unmap_all(&pair->stock, &r, gathers, queued);
	if (done != want || !tables_equal(pair, r.iova, r.last) || !flushes_enough(pair)) {
		kunit_info(pair->test, "unmap: ours %llu, stock %llu, gather %d queued %d, %u and %u invalidations\n",
			   done, want, gathers, queued, pair->ours.n_flush, pair->stock.n_flush);
		explain(pair, "unmap", &r);
	}
}

static void compare_translation(struct pair *pair)
{
	struct span r = some_span(pair);
	u64 iova = r.iova + (rnd64(pair) & (r.size - 1));

	KUNIT_ASSERT_EQ(pair->test, pair->ours.ops->iova_to_phys(pair->ours.ops, iova),
			pair->stock.ops->iova_to_phys(pair->stock.ops, iova));
}

/* pgtable_walk, where stock has it */
static void compare_walk(struct pair *pair)
{
	struct arm_lpae_io_pgtable_walk_data ours = {}, stock = {};
	u64 iova = some_span(pair).iova;
	unsigned int level;

	if (!pair->stock.ops->pgtable_walk)
		return;
	KUNIT_ASSERT_EQ(pair->test,
			pair->ours.ops->pgtable_walk(pair->ours.ops, iova, &ours),
			pair->stock.ops->pgtable_walk(pair->stock.ops, iova, &stock));
	for (level = 0; level < ARRAY_SIZE(ours.ptes); level++)
		KUNIT_ASSERT_EQ(pair->test, comparable(pair, level, ours.ptes[level]),
				comparable(pair, level, stock.ptes[level]));
}

/* Where the first address is out of range, or there is nothing to do */
static void compare_mistake(struct pair *pair)
{
	struct span r = some_span(pair);
	size_t ours = 0, stock = 0;
	u64 pa = 0;
	int ret;

	r.count = 1;
	/* DART's maps at an address that is in range, or says -ENOMEM. */
	if (below(pair, 2) && !is_dart(pair->shape->fmt))
		r.iova ^= BIT_ULL(pair->stock.cfg.ias);
	else if (below(pair, 2) || pair->shape->fmt != ARM_V7S)
		pa = BIT_ULL(pair->stock.cfg.oas);
	else
		r.count = 0;	/* for which stock's LPAE and DART make tables */
	ret = pair->ours.ops->map_pages(pair->ours.ops, r.iova, pa, r.size, r.count,
					IOMMU_READ, GFP_KERNEL, &ours);
	KUNIT_ASSERT_EQ(pair->test, ret,
			pair->stock.ops->map_pages(pair->stock.ops, r.iova, pa, r.size,
						   r.count, IOMMU_READ, GFP_KERNEL, &stock));
	KUNIT_ASSERT_EQ(pair->test, ours, stock);
	if (pa)
		return;
	KUNIT_ASSERT_EQ(pair->test, unmap_all(&pair->ours, &r, false, false),
			unmap_all(&pair->stock, &r, false, false));
}

static bool reaches_out(struct pair *pair, const struct span *r)
{
	return walk(pair, &pair->stock, r->iova).size > r->size ||
	       walk(pair, &pair->stock, r->last).size > r->size;
}

/* What is dirty goes to the bitmap and, which is easier to compare, to the gather. */
static void compare_dirty(struct pair *pair)
{
	struct iommu_iotlb_gather gather[2];
	struct iommu_dirty_bitmap dirty[2] = {
		{ .gather = &gather[0] }, { .gather = &gather[1] },
	};
	struct span r = some_span(pair);
	unsigned long flags = below(pair, 2) ? IOMMU_DIRTY_NO_CLEAR : 0;
	int ret, want;

	if (!pair->stock.ops->read_and_clear_dirty ||
	    pair->shape->quirks & TTBR1 || reaches_out(pair, &r))
		return;
	iommu_iotlb_gather_init(&gather[0]);
	iommu_iotlb_gather_init(&gather[1]);
	ret = pair->ours.ops->read_and_clear_dirty(pair->ours.ops, r.iova,
						   r.last - r.iova + 1, flags, &dirty[0]);
	want = pair->stock.ops->read_and_clear_dirty(pair->stock.ops, r.iova,
						     r.last - r.iova + 1, flags, &dirty[1]);
	if (ret != want || gather[0].start != gather[1].start ||
	    gather[0].end != gather[1].end || !tables_equal(pair, r.iova, r.last)) {
		kunit_info(pair->test, "dirty: ours %d, %#lx..%#lx, stock %d, %#lx..%#lx\n",
			   ret, gather[0].start, gather[0].end, want,
			   gather[1].start, gather[1].end);
		explain(pair, "dirty", &r);
	}
}

static void sequence(struct kunit *test)
{
	const struct shape *shape = test->param_value;
	struct pair *pair = new_pair(test);
	unsigned int i, what;

	configure(pair, shape);
	KUNIT_ASSERT_TRUE(test, make_stock(pair));
	KUNIT_ASSERT_EQ(test, make_ours(pair), 0);
	KUNIT_ASSERT_TRUE(test, is_ours(pair));
	prandom_seed_state(&pair->rnd, seed + (shape - shapes));
	for (i = 0; i < operations; i++) {
		what = below(pair, 16);
		if (what < 7)
			compare_map(pair);
		else if (what < 12)
			compare_unmap(pair);
		else if (what < 13)
			compare_walk(pair);
		else if (what < 14)
			compare_translation(pair);
		else if (what < 15)
			compare_mistake(pair);
		else
			compare_dirty(pair);
		cond_resched();
	}
}

static int choose_seed(struct kunit_suite *suite)
{
	if (!seed)
		seed = get_random_u32();
	pr_info("stock: seed=%llu operations=%u\n", seed, operations);
	return 0;
}

static struct kunit_case stock_cases[] = {
	KUNIT_CASE_PARAM_ATTR(configurations, formats_gen_params, { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE_PARAM_ATTR(sequence, shapes_gen_params, { .speed = KUNIT_SPEED_SLOW }),
	{ }
};

static struct kunit_suite stock_suite = {
	.name		= "io-pgtable-stock",
	.suite_init	= choose_seed,
	.test_cases	= stock_cases,
};

kunit_test_suite(stock_suite);

/* The kernel's own LPAE records dirty pages. */
IMPORT_IOMMUFD();
MODULE_SOFTDEP("pre: io-pgtable-apple-dart");
MODULE_DESCRIPTION("io-pgtable: our formats against the kernel's own");
MODULE_LICENSE("GPL");
