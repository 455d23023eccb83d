// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rockchip's IOMMUs: the claims of the two formats, a judge that uses the walker of oracle.h, and
 * the cases that are for these formats only
 */
#include <linux/io-pgtable-rockchip.h>

#include "../conformance/conformance.h"
#include "oracle.h"

#define RK3288(...) { .format = IO_PGTABLE_ROCKCHIP1, .pgsizes = SZ_4K, __VA_ARGS__ }
#define RK3568(...) { .format = IO_PGTABLE_ROCKCHIP2, .pgsizes = SZ_4K, __VA_ARGS__ }

static const struct conf_shape shapes[] = {
	RK3288(.name = "rk3288", .ias = 32, .oas = 32),
	RK3288(.name = "rk3288_nc", .ias = 32, .oas = 32, .noncoherent = true),
	RK3288(.name = "rk3288_32_31_nc", .ias = 32, .oas = 31, .noncoherent = true),
#ifdef CONFIG_PHYS_ADDR_T_64BIT
	RK3568(.name = "rk3568", .ias = 32, .oas = 40),
	RK3568(.name = "rk3568_nc", .ias = 32, .oas = 40, .noncoherent = true),
	RK3568(.name = "rk3568_32_36_nc", .ias = 32, .oas = 36, .noncoherent = true),
#endif
	{ }
};

static const struct conf_shape refused[] = {
	RK3288(.name = "rk3288_ias_33", .ias = 33, .oas = 32),
	RK3288(.name = "rk3288_oas_33", .ias = 32, .oas = 33),
	RK3288(.name = "rk3288_ias_31", .ias = 31, .oas = 32),
	RK3288(.name = "rk3288_ns", .ias = 32, .oas = 32, .quirks = IO_PGTABLE_QUIRK_ARM_NS),
	RK3568(.name = "rk3568_ias_33", .ias = 33, .oas = 40),
	RK3568(.name = "rk3568_oas_41", .ias = 32, .oas = 41),
	RK3568(.name = "rk3568_no_perms", .ias = 32, .oas = 40,
	       .quirks = IO_PGTABLE_QUIRK_NO_PERMS),
	{ .name = "no_page_size", .format = IO_PGTABLE_ROCKCHIP2, .ias = 32, .oas = 40 },
	{ .name = "16k", .format = IO_PGTABLE_ROCKCHIP2, .pgsizes = SZ_16K, .ias = 32, .oas = 40 },
	{ }
};

static bool is_v2(const struct conf_shape *shape)
{
	return !strcmp(shape->format, IO_PGTABLE_ROCKCHIP2);
}

/*
 * The judge
 */

/* Copy the register's value, as the driver does. The format may change its configuration later. */
static void registers(struct conf_fixture *f)
{
	struct io_pgtable_rockchip_cfg *cfg = f->cfg.format_cfg;
	struct rk_regs *regs = f->regs;

	regs->dte_addr = cfg->dte_addr;
	regs->v2 = is_v2(f->shape);
}

static const char *complaint(struct conf_fixture *f)
{
	if (f->first_size != SZ_4K)
		return "the directory is not 4 KiB";
	return rk_regs_complaint(f->regs);
}

static bool read_memory(void *context, u64 pa, u32 *value)
{
	u64 entry;

	if (!conf_read(context, pa, &entry))
		return false;
	*value = entry;
	return true;
}

static struct rk_result walk_tables(struct conf_fixture *f, u64 iova)
{
	struct rk_memory memory = { .read = read_memory, .context = f };

	return rk_walk(f->regs, &memory, iova);
}

static struct conf_result walk(struct conf_fixture *f, u64 iova)
{
	struct rk_result r = walk_tables(f, iova);
	struct conf_result result = {
		.fault = CONF_WRONG, .level = r.level, .desc = r.entry,
		.desc_pa = r.entry_pa, .size = r.size, .pa = r.pa,
	};

	switch (r.fault) {
	case RK_FAULT_NONE:
		result.fault = CONF_FOUND;
		break;
	case RK_FAULT_NO_TABLE:
	case RK_FAULT_NO_PAGE:
	case RK_FAULT_RANGE:
		result.fault = CONF_NOTHING;
		break;
	default:
		break;
	}
	return result;
}

/* Return: an entry for an address, without flags */
static u32 address_bits(const struct conf_shape *shape, u64 pa)
{
	u32 entry = pa & 0xfffff000;

	if (is_v2(shape))
		entry |= (pa & 0xf00000000) >> 24 | (pa & 0xf000000000) >> 32;
	return entry;
}

static bool holds(struct conf_fixture *f, u64 iova, const struct conf_mapping *m)
{
	bool read = m->prot & IOMMU_READ, write = m->prot & IOMMU_WRITE;
	struct rk_result r = walk_tables(f, iova);

	return r.fault == RK_FAULT_NONE && r.pa == m->pa && (!m->size || r.size == m->size) &&
	       r.entry == (address_bits(f->shape, m->pa) | write << 2 | read << 1 | 1) &&
	       r.read == read && r.write == write;
}

static void words(struct conf_fixture *f, u64 iova, char *words, size_t size)
{
	struct rk_result r = walk_tables(f, iova);

	snprintf(words, size, "%c%c--  %-13s  -", r.read ? 'r' : '-', r.write ? 'w' : '-', "-");
}

static u64 root(struct conf_fixture *f)
{
	const struct rk_regs *regs = f->regs;

	return rk_address(regs, regs->dte_addr);
}

static unsigned int start_level(struct conf_fixture *f)
{
	return 1;
}

static unsigned int shift(struct conf_fixture *f, unsigned int level)
{
	return level == 1 ? 22 : 12;
}

static enum conf_kind kind(struct conf_fixture *f, unsigned int level, u64 desc, u64 *table)
{
	if (!rk_is_valid(desc))
		return CONF_INVALID;
	if (level == 2)
		return CONF_LEAF;
	*table = rk_address(f->regs, desc);
	return CONF_TABLE;
}

static const struct conf_judge judge = {
	.desc_size = 4,
	.last_level = 2,
	.regs_size = sizeof(struct rk_regs),
	.registers = registers,
	.complaint = complaint,
	.walk = walk,
	.holds = holds,
	.words = words,
	.root = root,
	.start_level = start_level,
	.shift = shift,
	.kind = kind,
};

static const struct conf_claims rockchip = {
	.shapes = shapes,
	.refused = refused,
	.format_cfg_size = sizeof(struct io_pgtable_rockchip_cfg),
	.judge = &judge,
	.custom_allocator = true,
};

/*
 * Cases for these formats only
 */

/* A struct of another size is refused, since it is from another version of the header. */
static void refused_format_cfg(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture_alloc(test, shapes);

	f->cfg.format_cfg_size--;
	KUNIT_EXPECT_EQ(test, conf_fixture_make(f), -EINVAL);
}

/*
 * The kernel's own driver offers every power of two up to 4 MiB, and maps them by 4K pages. The
 * formats offer 4K only.
 */
static void other_page_sizes_are_not_offered(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture_alloc(test, shapes);

	f->cfg.pgsize_bitmap = 0x007ff000;
	KUNIT_ASSERT_EQ(test, conf_fixture_make(f), 0);
	KUNIT_EXPECT_EQ(test, f->cfg.pgsize_bitmap, SZ_4K);
}

/* Expected values of whole entries */
static const struct entry_row {
	const char *name;
	struct conf_shape shape;
	u64 pa;
	int prot;
	u32 entry;
} entries[] = {
	{ "rk3288_rw", RK3288(.ias = 32, .oas = 32), 0x87654000, PROT_RW, 0x87654007 },
	{ "rk3288_ro", RK3288(.ias = 32, .oas = 32), 0x87654000, IOMMU_READ, 0x87654003 },
	{ "rk3288_wo", RK3288(.ias = 32, .oas = 32), 0x87654000, IOMMU_WRITE, 0x87654005 },
	{ "rk3288_cache", RK3288(.ias = 32, .oas = 32), 0x87654000, PROT_SOME, 0x87654007 },
#ifdef CONFIG_PHYS_ADDR_T_64BIT
	{ "rk3568_rw", RK3568(.ias = 32, .oas = 40), 0xba87654000, PROT_RW, 0x87654ab7 },
	{ "rk3568_ro", RK3568(.ias = 32, .oas = 40), 0xba87654000, IOMMU_READ, 0x87654ab3 },
	{ "rk3568_wo", RK3568(.ias = 32, .oas = 40), 0xba87654000, IOMMU_WRITE, 0x87654ab5 },
	{ "rk3568_cache", RK3568(.ias = 32, .oas = 40), 0xba87654000, PROT_SOME, 0x87654ab7 },
#endif
};

KUNIT_ARRAY_PARAM_DESC(entries, entries, name);

static void entry_values(struct kunit *test)
{
	const struct entry_row *row = test->param_value;
	struct conf_fixture *f = conf_fixture(test, &row->shape);

	conf_map_ok(f, SZ_4K, row->pa, SZ_4K, 1, row->prot);
	KUNIT_EXPECT_EQ(test, *(u32 *)conf_desc(f, SZ_4K), row->entry);
}

static struct kunit_case own_cases[] = {
	KUNIT_CASE(refused_format_cfg),
	KUNIT_CASE(other_page_sizes_are_not_offered),
	KUNIT_CASE_PARAM(entry_values, entries_gen_params),
	{ }
};

conformance_suite("io-pgtable-rockchip-own", rockchip, own_cases);

static const struct kunit_case *const groups[] = {
	conformance_mapping,
	conformance_ranges,
	conformance_errors,
	conformance_tlb,
	conformance_tlb_ranges,
	conformance_not_dirty,
	conformance_memory,
	conformance_reserve,
	conformance_dump,
	conformance_dump_races,
	conformance_reserve_races,
	conformance_noncoherent,
	conformance_random,
	conformance_races,
	NULL
};

conformance_module(rockchip, groups);

MODULE_DESCRIPTION("KUnit tests of the io-pgtable formats of Rockchip's IOMMUs");
MODULE_LICENSE("GPL");
