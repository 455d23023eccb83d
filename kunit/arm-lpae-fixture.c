// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fixture of the LPAE suites: see arm-lpae-fixture.h.
 */
#include <kunit/device.h>
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>

#include "arm-lpae-fixture.h"

/* A representative of every granule, stage, number of levels, and quirk. */
const struct lpae_shape lpae_shapes[] = {
	{ "s1_4k_48_48", ARM_64_LPAE_S1, PGSIZES_4K, 48, 48 },
	{ "s1_4k_39_40_hd", ARM_64_LPAE_S1, PGSIZES_4K, 39, 40, HD },
	{ "s1_4k_39_48_ttbr1_hd", ARM_64_LPAE_S1, PGSIZES_4K, 39, 48, TTBR1 | HD },
	{ "s1_4k_41_44_ns_nc", ARM_64_LPAE_S1, PGSIZES_4K, 41, 44, NS, true },
	{ "s1_4k_30_36", ARM_64_LPAE_S1, PGSIZES_4K, 30, 36 },
	{ "s1_4k_21_32", ARM_64_LPAE_S1, PGSIZES_4K, 21, 32 },
	{ "s1_16k_48_48", ARM_64_LPAE_S1, PGSIZES_16K, 48, 48 },
	{ "s1_16k_47_48_ttbr1_nc", ARM_64_LPAE_S1, PGSIZES_16K, 47, 48, TTBR1, true },
	{ "s1_16k_36_40_hd", ARM_64_LPAE_S1, PGSIZES_16K, 36, 40, HD },
	{ "s1_64k_48_48", ARM_64_LPAE_S1, PGSIZES_64K, 48, 48 },
	{ "s1_64k_52_52_hd", ARM_64_LPAE_S1, PGSIZES_64K | SZ_4T, 52, 52, HD },
	{ "s1_64k_52_52_ttbr1_nc", ARM_64_LPAE_S1, PGSIZES_64K | SZ_4T, 52, 52, TTBR1, true },
	{ "s1_64k_42_44", ARM_64_LPAE_S1, PGSIZES_64K, 42, 44 },
	{ "s2_4k_48_48", ARM_64_LPAE_S2, PGSIZES_4K, 48, 48 },
	{ "s2_4k_43_44", ARM_64_LPAE_S2, PGSIZES_4K, 43, 44 },
	{ "s2_4k_40_40_nc", ARM_64_LPAE_S2, PGSIZES_4K, 40, 40, 0, true },
	{ "s2_4k_32_36", ARM_64_LPAE_S2, PGSIZES_4K, 32, 36 },
	{ "s2_16k_48_48", ARM_64_LPAE_S2, PGSIZES_16K, 48, 48 },
	{ "s2_16k_40_40", ARM_64_LPAE_S2, PGSIZES_16K, 40, 40 },
	{ "s2_16k_42_42_nc", ARM_64_LPAE_S2, PGSIZES_16K, 42, 42, 0, true },
	{ "s2_64k_48_48", ARM_64_LPAE_S2, PGSIZES_64K, 48, 48 },
	{ "s2_64k_52_52", ARM_64_LPAE_S2, PGSIZES_64K | SZ_4T, 52, 52 },
	{ "s1_v7_32_40", ARM_32_LPAE_S1, PGSIZES_4K, 32, 40 },
	{ "s2_v7_40_40", ARM_32_LPAE_S2, PGSIZES_4K, 40, 40 },
	{ }
};

const void *lpae_shapes_gen_params(const void *prev, char *desc)
{
	const struct lpae_shape *shape = prev;

	shape = shape ? shape + 1 : lpae_shapes;
	if (!shape->name)
		return NULL;
	strscpy(desc, shape->name, KUNIT_PARAM_DESC_SIZE);
	return shape;
}

/*
 * Memory
 */

#define PA_UNIT_SHIFT	6	/* tables are aligned to 64 bytes */
#define SHADOW_POISON	0xa5

static bool is_inside(const struct lpae_page *page, u64 pa)
{
	return page && pa - page->pa < page->size;
}

static struct lpae_page *search_page(struct lpae_fixture *f, u64 pa)
{
	unsigned long index = pa >> PA_UNIT_SHIFT;
	struct lpae_page *page;
	unsigned int shift;

	/* Tables are aligned to their size, which is a power of two. */
	page = xa_load(&f->pages, ALIGN_DOWN(pa, PAGE_SIZE) >> PA_UNIT_SHIFT);
	for (shift = 0; !page && shift < 16; shift++)
		page = xa_load(&f->pages, index >> shift << shift);
	return is_inside(page, pa) ? page : NULL;
}

/* The table memory that holds @pa; for an address inside of it too. */
static struct lpae_page *find_page(struct lpae_fixture *f, u64 pa)
{
	struct lpae_page *page;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(f->recent); i++)
		if (is_inside(f->recent[i], pa))
			return f->recent[i];

	page = search_page(f, pa);
	if (page) {
		memmove(f->recent + 1, f->recent,
			sizeof(f->recent) - sizeof(f->recent[0]));
		f->recent[0] = page;
	}
	return page;
}

static void forget_recent(struct lpae_fixture *f)
{
	memset(f->recent, 0, sizeof(f->recent));
}

static void free_page_of(struct lpae_page *page)
{
	if (!page)
		return;
	kfree(page->table);
	kfree(page->shadow);
	kfree(page->snapshot);
	bitmap_free(page->unflushed);
	kfree(page);
}

static struct lpae_page *alloc_page_of(struct lpae_fixture *f, size_t size,
				       gfp_t gfp)
{
	struct lpae_page *page = kzalloc(sizeof(*page), gfp);
	size_t bytes = max_t(size_t, size, BIT(PA_UNIT_SHIFT));
	bool ok;

	if (!page)
		return NULL;
	page->size = size;
	page->table = kzalloc(bytes, gfp);
	ok = page->table;
	if (f->shape->noncoherent) {
		page->shadow = kmalloc(bytes, gfp);
		ok &= !!page->shadow;
		if (page->shadow)
			memset(page->shadow, SHADOW_POISON, bytes);
	}
	if (f->watch) {
		page->snapshot = kzalloc(bytes, gfp);
		page->unflushed = bitmap_zalloc(bytes / 8, gfp);
		ok &= page->snapshot && page->unflushed;
	}
	if (!ok) {
		free_page_of(page);
		return NULL;
	}
	page->pa = virt_to_phys(page->table);
	return page;
}

static void *fixture_alloc(void *cookie, size_t size, gfp_t gfp)
{
	struct lpae_fixture *f = cookie;
	int n = atomic_inc_return(&f->allocs);
	struct lpae_page *page;

	lpae_look(f);
	if (f->on_alloc)
		f->on_alloc(f);
	if (f->delay)
		udelay(f->delay);
	f->last_gfp = gfp;
	if (n == 1)
		f->first_size = size;
	if (n == f->fail_at)
		return NULL;

	page = alloc_page_of(f, size, gfp);
	if (!page)
		return NULL;
	if (xa_err(xa_store(&f->pages, page->pa >> PA_UNIT_SHIFT, page, gfp))) {
		free_page_of(page);
		return NULL;
	}
	atomic_inc(&f->live);
	return page->table;
}

static void fixture_free(void *cookie, void *pages, size_t size)
{
	struct lpae_fixture *f = cookie;
	struct lpae_page *page;

	lpae_look(f);
	page = xa_erase(&f->pages, virt_to_phys(pages) >> PA_UNIT_SHIFT);
	if (!page) {
		KUNIT_FAIL(f->test, "freed what was not allocated: %p", pages);
		return;
	}
	forget_recent(f);
	KUNIT_EXPECT_EQ(f->test, size, page->size);
	if (f->watch && f->ops) {
		KUNIT_EXPECT_FALSE_MSG(f->test, page->reachable,
				       "freed while the walker can reach it");
		KUNIT_EXPECT_TRUE_MSG(f->test, !page->linked || page->flushed,
				      "freed before it was invalidated");
	}
	if (f->dying)
		KUNIT_EXPECT_EQ_MSG(f->test, f->n_all, 1,
				    "freed before everything was invalidated");
	atomic_dec(&f->live);
	free_page_of(page);
}

/*
 * A walker that does not snoop. What it sees of a table is what was there at the
 * last call of the DMA API for it; the tracepoints of the DMA API tell of these.
 */

static struct lpae_fixture *traced;	/* KUnit runs one case at a time */

#ifdef CONFIG_TRACEPOINTS
static struct tracepoint *tp_map, *tp_sync;

static void show_to_walker(struct lpae_fixture *f, u64 pa, size_t size)
{
	struct lpae_page *page = search_page(f, pa);
	size_t at;

	if (!page || !page->shadow)
		return;
	at = pa - page->pa;
	size = min(size, page->size - at);
	memcpy((void *)page->shadow + at, (void *)page->table + at, size);
}

static void probe_map(void *data, struct device *dev, phys_addr_t pa,
		      dma_addr_t dma, size_t size, enum dma_data_direction dir,
		      unsigned long attrs)
{
	struct lpae_fixture *f = READ_ONCE(traced);

	if (f && dev == f->dev)
		show_to_walker(f, pa, size);
}

static void probe_sync(void *data, struct device *dev, dma_addr_t dma,
		       size_t size, enum dma_data_direction dir)
{
	struct lpae_fixture *f = READ_ONCE(traced);

	if (f && dev == f->dev) {
		show_to_walker(f, dma, size);
		lpae_look(f);
	}
}

static void find_tracepoints(struct tracepoint *tp, void *priv)
{
	if (!strcmp(tp->name, "dma_map_page"))
		tp_map = tp;
	else if (!strcmp(tp->name, "dma_sync_single_for_device"))
		tp_sync = tp;
}

/* Without these two the tables of such walkers are judged as the CPU sees them. */
static int __init lpae_fixture_init(void)
{
	for_each_kernel_tracepoint(find_tracepoints, NULL);
	if (tp_map && tracepoint_probe_register(tp_map, probe_map, NULL))
		tp_map = NULL;
	if (tp_sync && tracepoint_probe_register(tp_sync, probe_sync, NULL))
		tp_sync = NULL;
	return 0;
}
module_init(lpae_fixture_init);

static void __exit lpae_fixture_exit(void)
{
	if (tp_map)
		tracepoint_probe_unregister(tp_map, probe_map, NULL);
	if (tp_sync)
		tracepoint_probe_unregister(tp_sync, probe_sync, NULL);
	tracepoint_synchronize_unregister();
}
module_exit(lpae_fixture_exit);

bool lpae_fixture_sees_syncs(void)
{
	return tp_map && tp_sync;
}
#else
bool lpae_fixture_sees_syncs(void)
{
	return false;
}
#endif

/*
 * The oracle's view
 */

static bool read_memory(void *context, u64 pa, u64 *value)
{
	struct lpae_fixture *f = context;
	struct lpae_page *page = find_page(f, pa);
	u64 *table;

	if (!page)
		return false;
	table = page->shadow && lpae_fixture_sees_syncs() ? page->shadow :
							     page->table;
	*value = READ_ONCE(table[(pa - page->pa) / 8]);
	return true;
}

static const struct arm_memory *memory_of(struct lpae_fixture *f,
					  struct arm_memory *memory)
{
	*memory = (struct arm_memory){ .read = read_memory, .context = f };
	return memory;
}

struct arm_result lpae_walk(struct lpae_fixture *f, u64 iova)
{
	struct arm_memory memory;

	return arm_walk(&f->regs, memory_of(f, &memory), iova);
}

/* The descriptor that a walk to @iova ends at, as the CPU sees it */
u64 *lpae_desc(struct lpae_fixture *f, u64 iova)
{
	struct arm_result r = lpae_walk(f, iova);
	struct lpae_page *page = find_page(f, r.desc_pa);

	KUNIT_ASSERT_NOT_NULL(f->test, page);
	return page->table + (r.desc_pa - page->pa) / 8;
}

/* The same, as a walker without coherency sees it; NULL if we cannot know */
u64 *lpae_shadow_desc(struct lpae_fixture *f, u64 iova)
{
	struct arm_result r = lpae_walk(f, iova);
	struct lpae_page *page = find_page(f, r.desc_pa);

	if (!page || !page->shadow || !lpae_fixture_sees_syncs())
		return NULL;
	return page->shadow + (r.desc_pa - page->pa) / 8;
}

static bool is_s2(const struct lpae_shape *shape)
{
	return shape->fmt == ARM_64_LPAE_S2 || shape->fmt == ARM_32_LPAE_S2;
}

static void read_registers(struct lpae_fixture *f)
{
	struct io_pgtable_cfg *cfg = &f->cfg;

	if (is_s2(f->shape)) {
		typeof(cfg->arm_lpae_s2_cfg.vtcr) *vtcr = &cfg->arm_lpae_s2_cfg.vtcr;

		f->regs = (struct arm_regs){
			.stage2 = true,
			.base = cfg->arm_lpae_s2_cfg.vttbr,
			.tsz = vtcr->tsz, .tg = vtcr->tg, .ps = vtcr->ps,
			.sl0 = vtcr->sl, .sh = vtcr->sh,
			.irgn = vtcr->irgn, .orgn = vtcr->orgn,
		};
	} else {
		typeof(cfg->arm_lpae_s1_cfg.tcr) *tcr = &cfg->arm_lpae_s1_cfg.tcr;

		f->regs = (struct arm_regs){
			.upper = cfg->quirks & TTBR1,
			.base = cfg->arm_lpae_s1_cfg.ttbr,
			.tsz = tcr->tsz, .tg = tcr->tg, .ps = tcr->ips,
			.sh = tcr->sh, .irgn = tcr->irgn, .orgn = tcr->orgn,
			.mair = cfg->arm_lpae_s1_cfg.mair,
		};
	}
}

/*
 * What a leaf entry should hold besides its address and its type, written down
 * bit by bit: the access flag is 0x400, inner shareable 0x300, outer 0x200.
 */
u64 lpae_leaf_bits(const struct lpae_shape *shape, int prot)
{
	/* Device wins over everything; shareability goes by IOMMU_CACHE alone. */
	static const u64 s1_memory[] = { 0x600, 0x704, 0x608, 0x708 };
	static const u64 s2_memory[] = { 0x614, 0x73c, 0x604, 0x704 };
	/* nG, AP[1] for users, AP[2] for read only */
	static const u64 s1_access[] = { 0, 0x8c0, 0x840, 0x840 };
	static const u64 s1_priv_access[] = { 0, 0x880, 0x800, 0x800 };
	static const u64 s2_access[] = { 0, 0x040, 0x080, 0x0c0 };
	unsigned int memory = (prot & IOMMU_CACHE ? 1 : 0) | (prot & IOMMU_MMIO ? 2 : 0);
	unsigned int access = (prot & IOMMU_READ ? 1 : 0) | (prot & IOMMU_WRITE ? 2 : 0);
	u64 leaf;

	if (is_s2(shape))
		return s2_memory[memory] | s2_access[access] |
		       (prot & IOMMU_NOEXEC ? 0x0040000000000000 : 0);

	leaf = s1_memory[memory];
	leaf |= prot & IOMMU_PRIV ? s1_priv_access[access] : s1_access[access];
	if (prot & IOMMU_NOEXEC)
		leaf |= 0x0060000000000000;
	if (shape->quirks & HD && access != 1)
		leaf |= 0x0008000000000000;
	if (shape->quirks & NS)
		leaf |= 0x20;
	return leaf;
}

/* The same as an MMU would put it */
static bool attributes_hold(const struct lpae_shape *shape,
			    const struct arm_result *r, int prot)
{
	unsigned int perms = 0;
	u8 memory = 0x44;

	if (prot & IOMMU_CACHE)
		memory = 0xff;
	if (prot & IOMMU_MMIO)
		memory = 0x04;

	if (prot & IOMMU_READ || !is_s2(shape))
		perms |= ARM_PRIV_READ | ARM_USER_READ;
	if (prot & IOMMU_WRITE)
		perms |= ARM_PRIV_WRITE | ARM_USER_WRITE;
	if (prot & IOMMU_PRIV && !is_s2(shape))
		perms &= ~(ARM_USER_READ | ARM_USER_WRITE);
	if (!(prot & IOMMU_NOEXEC))
		perms |= ARM_PRIV_EXEC | ARM_USER_EXEC;

	return r->memory == memory && r->perms == perms &&
	       r->sh == (prot & IOMMU_CACHE ? 3 : 2) &&
	       r->ns == !!(shape->quirks & NS) && r->not_global == !is_s2(shape) &&
	       r->dbm == (shape->quirks & HD && prot & IOMMU_WRITE);
}

static u64 address_bits(const struct lpae_fixture *f, u64 pa)
{
	u64 desc = pa & 0x0000fffffffff000;

	if (f->cfg.oas > 48)
		desc |= (pa >> 48 & 0xf) << 12;
	return desc;
}

/**
 * lpae_holds() - ask the oracle and the table itself for one address
 * @f: the fixture
 * @iova: any address
 * @m: what it should be mapped to, NULL for nothing; its pa is that of @iova
 *
 * Return: whether both agree with @m.
 */
bool lpae_holds(struct lpae_fixture *f, u64 iova, const struct lpae_mapping *m)
{
	struct arm_result r = lpae_walk(f, iova);
	u64 pa = f->ops->iova_to_phys(f->ops, iova);
	u64 leaf;

	if (!m)
		return r.fault == ARM_FAULT_TRANSLATION && !pa;

	leaf = address_bits(f, m->pa & ~(m->size - 1)) |
	       lpae_leaf_bits(f->shape, m->prot) | (r.level == 3 ? 3 : 1);
	/* The hardware, or a reader of the dirty state, may have changed AP[2]. */
	if (f->dirty_ok && f->shape->quirks & HD)
		leaf = (leaf & ~0x80ULL) | (r.desc & 0x80);
	return r.fault == ARM_FAULT_NONE && r.pa == m->pa && r.size == m->size &&
	       r.desc == leaf && attributes_hold(f->shape, &r, m->prot) &&
	       (r.ns_tables || !(f->shape->quirks & NS) ||
		r.level == arm_start_level(&f->regs)) && pa == m->pa;
}

static void explain(struct lpae_fixture *f, u64 iova, const struct lpae_mapping *m)
{
	struct arm_result r = lpae_walk(f, iova);

	kunit_info(f->test,
		   "oracle: fault %d level %u desc %#llx size %#llx pa %#llx; iova_to_phys: %#llx\n",
		   r.fault, r.level, r.desc, r.size, r.pa,
		   (u64)f->ops->iova_to_phys(f->ops, iova));
	if (m)
		KUNIT_FAIL_AND_ABORT(f->test,
				     "%#llx should be mapped to %#llx, size %#llx, prot %#x",
				     iova, m->pa, m->size, m->prot);
	KUNIT_FAIL_AND_ABORT(f->test, "%#llx should not be mapped", iova);
}

static void expect(struct lpae_fixture *f, u64 iova, const struct lpae_mapping *m)
{
	if (!lpae_holds(f, iova, m))
		explain(f, iova, m);
}

/* First, last and a byte in between of each page; of many pages, of some. */
void lpae_expect_pages(struct lpae_fixture *f, u64 iova, u64 pa, u64 size,
		       size_t count, int prot)
{
	struct lpae_mapping m = { .size = size, .prot = prot };
	size_t i;

	for (i = 0; i < count; i++) {
		if (i > 40 && i + 40 < count && i % 61)
			continue;
		m.pa = pa + i * size;
		expect(f, iova + i * size, &m);
		m.pa += size / 3;
		expect(f, iova + i * size + size / 3, &m);
		m.pa = pa + (i + 1) * size - 1;
		expect(f, iova + (i + 1) * size - 1, &m);
	}
}

void lpae_expect_hole(struct lpae_fixture *f, u64 iova, u64 size)
{
	u64 step = max(size / 128, 1ULL << arm_granule_bits(&f->regs)), at;

	for (at = 0; at < size; at += step)
		expect(f, iova + at, NULL);
	expect(f, iova + size - 1, NULL);
}

/*
 * The recorder: every change of a descriptor between two looks at the tables
 */

static u64 *view_of(const struct lpae_page *page)
{
	return page->shadow && lpae_fixture_sees_syncs() ? page->shadow :
							    page->table;
}

static unsigned int desc_shift(const struct lpae_fixture *f, unsigned int level)
{
	unsigned int granule = arm_granule_bits(&f->regs);

	return granule + (3 - level) * (granule - 3);
}

/* What the rules of break-before-make have to say, DDI0487 D8.16.1 */
static void judge_change(struct lpae_fixture *f, struct lpae_page *page,
			 unsigned int i, u64 old, u64 new)
{
	u64 harmless = BIT_ULL(55) | (f->dirty_ok ? BIT_ULL(7) : 0);

	if (old & new & 1) {
		KUNIT_EXPECT_EQ_MSG(f->test, (old ^ new) & ~harmless, 0,
				    "live descriptor changed: %#llx, %#llx", old, new);
	} else if (old & 1) {
		__set_bit(i, page->unflushed);
	} else if (new & 1) {
		KUNIT_EXPECT_FALSE_MSG(f->test, test_bit(i, page->unflushed),
				       "made before the break was flushed: %#llx", new);
	}
}

/* Return: whether there is anything new. */
static bool look_at_page(struct lpae_fixture *f, struct lpae_page *page)
{
	u64 *view = view_of(page), desc;
	unsigned int i;

	if (!page->snapshot || !memcmp(page->snapshot, view, page->size))
		return false;
	for (i = 0; i < page->size / 8; i++) {
		desc = READ_ONCE(view[i]);
		if (desc != page->snapshot[i] && page->linked)
			judge_change(f, page, i, page->snapshot[i], desc);
		page->snapshot[i] = desc;
	}
	return true;
}

static void link_page(struct lpae_page *page, u64 base, unsigned int level)
{
	page->base = base;
	page->level = level;
	page->linked = true;
	page->reachable = true;
	page->flushed = false;
}

static void link_children(struct lpae_fixture *f, struct lpae_page *page)
{
	unsigned int i, shift = desc_shift(f, page->level);
	struct lpae_page *child;
	u64 *view = view_of(page), desc, pa;

	for (i = 0; i < page->size / 8; i++) {
		desc = READ_ONCE(view[i]);
		if ((desc & 3) != 3)
			continue;
		pa = desc & GENMASK_ULL(47, arm_granule_bits(&f->regs));
		child = xa_load(&f->pages, pa >> PA_UNIT_SHIFT);
		if (child)
			link_page(child, page->base + ((u64)i << shift), page->level + 1);
		else
			KUNIT_FAIL(f->test, "%#llx points to no table", desc);
	}
}

/* Which tables can the walker get to? */
static void find_reachable(struct lpae_fixture *f)
{
	unsigned int level = arm_start_level(&f->regs);
	struct lpae_page *page;
	unsigned long index;

	xa_for_each(&f->pages, index, page)
		page->reachable = false;
	page = xa_load(&f->pages, f->regs.base >> PA_UNIT_SHIFT);
	if (page)
		link_page(page, lpae_base(f), level);
	for (; level < 3; level++)
		xa_for_each(&f->pages, index, page)
			if (page->reachable && page->level == level)
				link_children(f, page);
}

/* How many valid blocks and pages are there in all tables that can be reached? */
size_t lpae_count_leaves(struct lpae_fixture *f)
{
	struct lpae_page *page;
	unsigned long index;
	size_t n = 0;
	unsigned int i;

	find_reachable(f);
	xa_for_each(&f->pages, index, page) {
		u64 *view = view_of(page);

		if (!page->reachable) {
			KUNIT_FAIL(f->test, "a table that nobody can reach");
			continue;
		}
		for (i = 0; i < page->size / 8; i++)
			if ((view[i] & 1) && (page->level == 3 || !(view[i] & 2)))
				n++;
	}
	return n;
}

/* Look at the tables, and at what has become of them since the last time. */
void lpae_look(struct lpae_fixture *f)
{
	struct lpae_page *page;
	unsigned long index;
	bool news = false;

	if (!f->watch || !f->ops)
		return;
	xa_for_each(&f->pages, index, page)
		news |= look_at_page(f, page);
	if (news)
		find_reachable(f);
}

/* From now on look at every chance: allocations, invalidations, DMA syncs. */
void lpae_watch(struct lpae_fixture *f)
{
	struct lpae_page *page;
	unsigned long index;

	xa_for_each(&f->pages, index, page) {
		page->snapshot = kzalloc(page->size, GFP_KERNEL);
		page->unflushed = bitmap_zalloc(page->size / 8, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(f->test, page->snapshot);
		KUNIT_ASSERT_NOT_NULL(f->test, page->unflushed);
		memcpy(page->snapshot, view_of(page), page->size);
	}
	f->watch = true;
	find_reachable(f);
}

static void invalidate(struct lpae_fixture *f, u64 start, u64 last, bool walk)
{
	struct lpae_page *page;
	unsigned long index;
	unsigned int i, shift;
	u64 from;

	xa_for_each(&f->pages, index, page) {
		if (!page->linked || !page->unflushed)
			continue;
		shift = desc_shift(f, page->level);
		for_each_set_bit(i, page->unflushed, page->size / 8) {
			from = page->base + ((u64)i << shift);
			if (from >= start && from + (BIT_ULL(shift) - 1) <= last)
				__clear_bit(i, page->unflushed);
		}
		if (walk && !page->reachable && page->base >= start &&
		    page->base + ((page->size / 8) << shift) - 1 <= last)
			page->flushed = true;
	}
}

/* The caller has its TLB invalidated, and asks what comes next. */
void lpae_forget(struct lpae_fixture *f)
{
	unsigned long flags;

	lpae_look(f);
	if (f->watch)
		invalidate(f, 0, U64_MAX, false);
	spin_lock_irqsave(&f->lock, flags);
	f->n_flush = 0;
	f->n_pages = 0;
	f->n_walks = 0;
	f->n_all = 0;
	spin_unlock_irqrestore(&f->lock, flags);
}

/*
 * The driver: notes what its TLB is asked for
 */

static void note_flush(struct lpae_fixture *f, u64 start, u64 size,
		       size_t granule, bool walk)
{
	struct lpae_flush *last;
	unsigned long flags;

	spin_lock_irqsave(&f->lock, flags);
	if (walk)
		f->n_walks++;
	else
		f->n_pages++;
	last = f->n_flush ? &f->flush[f->n_flush - 1] : NULL;
	if (last && last->walk == walk && last->granule == granule &&
	    last->last + 1 == start)
		last->last = start + size - 1;
	else if (f->n_flush < LPAE_MAX_FLUSHES)
		f->flush[f->n_flush++] = (struct lpae_flush){
			.start = start, .last = start + size - 1,
			.granule = granule, .walk = walk,
		};
	spin_unlock_irqrestore(&f->lock, flags);
}

static void fixture_flush_all(void *cookie)
{
	struct lpae_fixture *f = cookie;

	f->n_all++;
}

static void fixture_flush_walk(unsigned long iova, size_t size, size_t granule,
			       void *cookie)
{
	struct lpae_fixture *f = cookie;

	note_flush(f, iova, size, granule, true);
	if (f->watch) {
		lpae_look(f);
		invalidate(f, iova, iova + size - 1, true);
	}
}

static void fixture_add_page(struct iommu_iotlb_gather *gather,
			     unsigned long iova, size_t granule, void *cookie)
{
	struct lpae_fixture *f = cookie;

	note_flush(f, iova, granule, granule, false);
	if (f->watch)
		KUNIT_EXPECT_EQ_MSG(f->test, lpae_walk(f, iova).fault,
				    ARM_FAULT_TRANSLATION,
				    "invalidated while it is mapped: %#lx", iova);
}

static const struct iommu_flush_ops fixture_tlb = {
	.tlb_flush_all	= fixture_flush_all,
	.tlb_flush_walk	= fixture_flush_walk,
	.tlb_add_page	= fixture_add_page,
};

/* Was all of a range asked for, in whatever pieces? */
bool lpae_flushed(struct lpae_fixture *f, u64 iova, u64 size)
{
	u64 last = iova + size - 1;
	unsigned int i;
	bool progress;

	do {
		progress = false;
		for (i = 0; i < f->n_flush; i++) {
			if (f->flush[i].start > iova || f->flush[i].last < iova)
				continue;
			if (f->flush[i].last >= last)
				return true;
			iova = f->flush[i].last + 1;
			progress = true;
		}
	} while (progress);
	return f->n_all;
}

/*
 * Tables
 */

/* An address space, not yet with a table, so that the caller can change things. */
struct lpae_fixture *lpae_fixture_alloc(struct kunit *test,
					const struct lpae_shape *shape)
{
	struct lpae_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	static atomic_t walkers;
	char name[16];

	KUNIT_ASSERT_NOT_NULL(test, f);
	snprintf(name, sizeof(name), "walker%d", atomic_inc_return(&walkers));
	f->test = test;
	f->shape = shape;
	xa_init_flags(&f->pages, XA_FLAGS_LOCK_IRQ);
	spin_lock_init(&f->lock);

	f->dev = kunit_device_register(test, name);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f->dev);
	KUNIT_ASSERT_EQ(test, dma_set_mask_and_coherent(f->dev, DMA_BIT_MASK(64)), 0);

	f->cfg = (struct io_pgtable_cfg){
		.quirks = shape->quirks,
		.pgsize_bitmap = shape->pgsizes,
		.ias = shape->ias,
		.oas = shape->oas,
		.coherent_walk = !shape->noncoherent,
		.tlb = &fixture_tlb,
		.iommu_dev = f->dev,
		.alloc = fixture_alloc,
		.free = fixture_free,
	};
	return f;
}

static void fixture_action(void *data)
{
	lpae_fixture_free(data);
}

/* Return: 0, or what io_pgtable_alloc() said. */
int lpae_fixture_make(struct lpae_fixture *f)
{
	struct io_pgtable_ops *ops;

	WRITE_ONCE(traced, f);
	ops = io_pgtable_alloc(f->shape->fmt, &f->cfg, f);
	if (IS_ERR(ops)) {
		WRITE_ONCE(traced, NULL);
		return PTR_ERR(ops);
	}
	f->ops = ops;
	read_registers(f);
	KUNIT_ASSERT_EQ(f->test,
			kunit_add_action_or_reset(f->test, fixture_action, f), 0);
	KUNIT_ASSERT_STREQ(f->test, arm_regs_complaint(&f->regs) ?: "", "");
	return 0;
}

struct lpae_fixture *lpae_fixture(struct kunit *test,
				  const struct lpae_shape *shape)
{
	struct lpae_fixture *f = lpae_fixture_alloc(test, shape);

	KUNIT_ASSERT_EQ(test, lpae_fixture_make(f), 0);
	return f;
}

/* Free the table, and see that it gives all of its memory back. */
void lpae_fixture_free(struct lpae_fixture *f)
{
	struct io_pgtable_ops *ops = f->ops;

	if (!ops)
		return;
	f->ops = NULL;
	f->dying = true;
	f->n_all = 0;
	free_io_pgtable_ops(ops);
	WRITE_ONCE(traced, NULL);
	f->dying = false;
	KUNIT_EXPECT_EQ(f->test, f->n_all, 1);
	KUNIT_EXPECT_EQ(f->test, atomic_read(&f->live), 0);
	xa_destroy(&f->pages);
}

/* First and last input address */
u64 lpae_base(const struct lpae_fixture *f)
{
	return f->shape->quirks & TTBR1 ? GENMASK_ULL(63, f->cfg.ias) : 0;
}

u64 lpae_last(const struct lpae_fixture *f)
{
	return lpae_base(f) + (BIT_ULL(f->cfg.ias) - 1);
}

unsigned int lpae_num_pgsizes(const struct lpae_fixture *f)
{
	return hweight_long(f->cfg.pgsize_bitmap);
}

/* The page sizes from the smallest to the largest */
u64 lpae_pgsize(const struct lpae_fixture *f, unsigned int n)
{
	unsigned long sizes = f->cfg.pgsize_bitmap;

	while (n--)
		sizes &= sizes - 1;
	return sizes & -sizes;
}

/*
 * Operations, as the IOMMU core calls them
 */

int lpae_map(struct lpae_fixture *f, u64 iova, u64 pa, u64 size, size_t count,
	     int prot, size_t *mapped)
{
	size_t bytes = 0;
	int ret;

	ret = f->ops->map_pages(f->ops, iova, pa, size, count, prot, GFP_KERNEL,
				&bytes);
	if (mapped)
		*mapped = bytes;
	return ret;
}

/* With a gather structure: all that is unmapped must be asked of the TLB. */
size_t lpae_unmap(struct lpae_fixture *f, u64 iova, u64 size, size_t count)
{
	struct iommu_iotlb_gather gather;
	size_t unmapped;

	lpae_forget(f);
	iommu_iotlb_gather_init(&gather);
	unmapped = f->ops->unmap_pages(f->ops, iova, size, count, &gather);
	lpae_look(f);
	if (unmapped)
		KUNIT_EXPECT_TRUE_MSG(f->test, lpae_flushed(f, iova, unmapped),
				      "not all of %#llx..%#llx was invalidated",
				      iova, iova + unmapped - 1);
	return unmapped;
}

void lpae_map_ok(struct lpae_fixture *f, u64 iova, u64 pa, u64 size,
		 size_t count, int prot)
{
	size_t mapped;

	lpae_forget(f);
	KUNIT_ASSERT_EQ(f->test, lpae_map(f, iova, pa, size, count, prot, &mapped), 0);
	KUNIT_ASSERT_EQ(f->test, mapped, size * count);
	lpae_look(f);
}

void lpae_unmap_ok(struct lpae_fixture *f, u64 iova, u64 size, size_t count)
{
	KUNIT_ASSERT_EQ(f->test, lpae_unmap(f, iova, size, count), size * count);
}
