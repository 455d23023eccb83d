// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of the tables under test. The suites account for all of it, and can make each
 * allocation fail. For a walker that does not snoop, they keep a copy of what the walker sees.
 *
 * If a format takes table memory from its driver, the driver's allocator is in this file. For other
 * formats, the kernel's tracepoints report allocations, and the kernel's fault injection makes them
 * fail. The debugfs files ignore-gfp-wait and min-order have to allow that.
 */
#include <linux/delay.h>
#include <linux/dma-direction.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include <linux/vmstat.h>
#include <linux/workqueue.h>

#include "pages.h"

#define PA_UNIT_SHIFT	6	/* tables are aligned to 64 bytes */
#define POISON	0xa5

static struct conf_fixture *traced;	/* only one, since KUnit runs one case at a time */

/*
 * Look-up
 */

static bool is_inside(const struct conf_page *page, u64 pa)
{
	return page && pa - page->pa < page->size;
}

/* Protected by RCU, since another CPU may be freeing a record that the search compares with. */
static struct conf_page *search_page(struct conf_fixture *f, u64 pa)
{
	unsigned long index = pa >> PA_UNIT_SHIFT;
	struct conf_page *page;
	unsigned int shift;

	guard(rcu)();
	/* Tables are aligned to their size, which is a power of two. */
	page = xa_load(&f->pages, ALIGN_DOWN(pa, PAGE_SIZE) >> PA_UNIT_SHIFT);
	for (shift = 0; !is_inside(page, pa) && shift < 16; shift++)
		page = xa_load(&f->pages, index >> shift << shift);
	return is_inside(page, pa) ? page : NULL;
}

/* Return: the record of the table that contains the physical address @pa, or NULL */
struct conf_page *conf_find_page(struct conf_fixture *f, u64 pa)
{
	struct conf_page *page;
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
EXPORT_SYMBOL_GPL(conf_find_page);

/* Return: the contents of a table as the walker sees them */
void *conf_view(const struct conf_page *page)
{
	return page->shadow && conf_sees_syncs() ? page->shadow : page->table;
}

u64 conf_read_desc(const struct conf_fixture *f, const void *table, unsigned int i)
{
	if (f->claims->judge->desc_size == 4)
		return READ_ONCE(((u32 *)table)[i]);
	return READ_ONCE(((u64 *)table)[i]);
}

/* Read the descriptor at @pa to *@desc. Return: false if there is no table at @pa. */
bool conf_read(struct conf_fixture *f, u64 pa, u64 *desc)
{
	struct conf_page *page = conf_find_page(f, pa);

	if (!page)
		return false;
	*desc = conf_read_desc(f, conf_view(page),
			       (size_t)(pa - page->pa) / f->claims->judge->desc_size);
	return true;
}
EXPORT_SYMBOL_GPL(conf_read);

/* Return: the last descriptor of a walk to @iova, as the CPU sees it */
void *conf_desc(struct conf_fixture *f, u64 iova)
{
	struct conf_result r = conf_walk(f, iova);
	struct conf_page *page = conf_find_page(f, r.desc_pa);

	KUNIT_ASSERT_NOT_NULL(f->test, page);
	return page->table + (r.desc_pa - page->pa);
}
EXPORT_SYMBOL_GPL(conf_desc);

/*
 * Accounting
 */

static void look(struct conf_fixture *f)
{
	if (f->watch)
		f->watch->look(f);
}

static void free_record(struct conf_page *page)
{
	if (!page)
		return;
	kfree(page->shadow);
	kfree(page->snapshot);
	kfree(page->held);
	kfree_rcu(page, rcu);
}

/* Interrupts are disabled while the lock is held, since tables may be freed in interrupts. */
static bool keep_record(struct conf_fixture *f, struct conf_page *page)
{
	unsigned long flags;
	void *old;

	xa_lock_irqsave(&f->pages, flags);
	old = __xa_store(&f->pages, page->pa >> PA_UNIT_SHIFT, page, GFP_ATOMIC);
	xa_unlock_irqrestore(&f->pages, flags);
	return !xa_err(old);
}

static struct conf_page *take_record(struct conf_fixture *f, unsigned long index)
{
	struct conf_page *page;
	unsigned long flags;

	xa_lock_irqsave(&f->pages, flags);
	page = __xa_erase(&f->pages, index);
	xa_unlock_irqrestore(&f->pages, flags);
	return page;
}

/* Make a record of a table, whose memory is zeroed. */
static struct conf_page *make_record(struct conf_fixture *f, void *table, size_t size,
				     gfp_t gfp)
{
	struct conf_page *page = kzalloc(sizeof(*page), gfp);
	size_t bytes = max_t(size_t, size, BIT(PA_UNIT_SHIFT));
	bool ok = true;

	if (!page)
		return NULL;
	page->table = table;
	page->pa = virt_to_phys(table);
	page->size = size;
	if (f->shape->noncoherent) {
		page->shadow = kmalloc(bytes, gfp);
		ok &= !!page->shadow;
		if (page->shadow)
			memset(page->shadow, POISON, bytes);
	}
	if (f->watch)
		ok &= f->watch->add(page, gfp);
	if (ok && keep_record(f, page))
		return page;
	free_record(page);
	return NULL;
}

static bool note_alloc(struct conf_fixture *f, void *table, size_t size, gfp_t gfp)
{
	if (atomic_inc_return(&f->allocs) == 1)
		f->first_size = size;
	WRITE_ONCE(f->last_gfp, gfp);
	gfp &= ~(__GFP_DIRECT_RECLAIM | GFP_ZONEMASK);
	if (!table || !make_record(f, table, size, gfp))
		return false;
	atomic_inc(&f->live);
	return true;
}

/* Called before a table is freed. Return: whether the table belongs to the fixture. */
static bool note_free(struct conf_fixture *f, const void *table, size_t size)
{
	unsigned long index = virt_to_phys((void *)table) >> PA_UNIT_SHIFT;
	struct conf_page *page;

	if (!xa_load(&f->pages, index))
		return false;
	look(f);
	page = take_record(f, index);

	memset(f->recent, 0, sizeof(f->recent));
	KUNIT_EXPECT_EQ(f->test, size, page->size);
	if (f->watch)
		f->watch->remove(f, page);
	if (f->dying)
		KUNIT_EXPECT_EQ_MSG(f->test, f->n_all, !!f->cfg.tlb,
				    "freed before everything was invalidated");
	atomic_dec(&f->live);
	free_record(page);
	return true;
}

static void before_alloc(struct conf_fixture *f)
{
	look(f);
	if (f->on_alloc)
		f->on_alloc(f);
	if (f->delay)
		udelay(f->delay);
}

/*
 * The kernel's counters
 */

static long sum_node_pages(enum node_stat_item item)
{
	/* The sum may be negative. global_node_page_state() would return 0 then. */
	long sum = atomic_long_read(&vm_node_stat[item]);
#ifdef CONFIG_SMP
	unsigned int cpu;
	int node;

	/* Add what each CPU has not added to the sum yet. */
	for_each_online_node(node)
		for_each_possible_cpu(cpu)
			sum += per_cpu_ptr(NODE_DATA(node)->per_cpu_nodestats,
					   cpu)->vm_node_stat_diff[item];
#endif
	return sum;
}

static long do_nothing(void *unused)
{
	return 0;
}

/*
 * A CPU may be moving its part to the sum: the part is reset, and the sum does not have it yet.
 * Work on that CPU runs after the move, and a new sum differs from the last one then. So all CPUs
 * run some work until the sum stays the same.
 */
long conf_node_pages(enum node_stat_item item)
{
	long sum = sum_node_pages(item), last;
	unsigned int cpu;

	do {
		last = sum;
		for_each_online_cpu(cpu)
			work_on_cpu(cpu, do_nothing, NULL);
		sum = sum_node_pages(item);
	} while (sum != last);
	return sum;
}
EXPORT_SYMBOL_GPL(conf_node_pages);

/* Fill pages and free them, so that later allocations get dirty pages. Return: these pages. */
void **conf_leave_dirt(struct kunit *test, unsigned int n)
{
	void **pages = kunit_kcalloc(test, n, sizeof(*pages), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i < n; i++) {
		pages[i] = (void *)__get_free_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
		memset(pages[i], POISON, PAGE_SIZE);
	}
	for (i = 0; i < n; i++)
		free_page((unsigned long)pages[i]);
	return pages;
}
EXPORT_SYMBOL_GPL(conf_leave_dirt);

/*
 * The driver's own allocator
 */

void *conf_custom_alloc(void *cookie, size_t size, gfp_t gfp)
{
	struct conf_fixture *f = cookie;
	void *table = NULL;

	before_alloc(f);
	if (f->fail_nth && !--f->fail_nth)
		f->failed = true;
	else
		/* The slab allocator cannot use __GFP_DMA32. The format checks the address. */
		table = kzalloc(max_t(size_t, size, BIT(PA_UNIT_SHIFT)), gfp & ~__GFP_DMA32);
	if (note_alloc(f, table, size, gfp))
		return table;
	kfree(table);
	return NULL;
}
EXPORT_SYMBOL_GPL(conf_custom_alloc);

void conf_custom_free(void *cookie, void *pages, size_t size)
{
	struct conf_fixture *f = cookie;

	if (!note_free(f, pages, size))
		KUNIT_FAIL(f->test, "freed what was not allocated: %p", pages);
	/* Any later use of the table reads wrong descriptors. */
	memset(pages, POISON, size);
	kfree(pages);
}
EXPORT_SYMBOL_GPL(conf_custom_free);

/*
 * The kernel's allocator. Allocations by tasks that are in a call of the format belong to the
 * format.
 */

static void kernel_fail_nth(unsigned int n)
{
#ifdef CONFIG_FAULT_INJECTION
	current->fail_nth = n;
#endif
}

static bool kernel_has_failed(void)
{
#ifdef CONFIG_FAULT_INJECTION
	return !current->fail_nth;
#else
	return false;
#endif
}

static struct task_struct **find_inside(struct conf_fixture *f,
					struct task_struct *task)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(f->inside); i++)
		if (READ_ONCE(f->inside[i]) == task)
			return &f->inside[i];
	return NULL;
}

/* A call of the format begins. */
void conf_enter(struct conf_fixture *f)
{
	struct task_struct **slot;

	do {
		slot = find_inside(f, NULL);
	} while (!slot || cmpxchg(slot, NULL, current));

	if (f->fail_nth) {
		f->failed = false;
		if (!f->claims->custom_allocator)
			kernel_fail_nth(f->fail_nth);
	}
}

void conf_leave(struct conf_fixture *f)
{
	if (f->fail_nth && !f->claims->custom_allocator) {
		f->failed = kernel_has_failed();
		kernel_fail_nth(0);
	}
	/* Without fault injection, do not write: other tasks may be in a call at the same time. */
	if (f->fail_nth)
		f->fail_nth = 0;
	WRITE_ONCE(*find_inside(f, current), NULL);
}

/*
 * Tracepoints. The tracepoints of the DMA API report when memory is cleaned: a walker that does not
 * snoop sees the contents that the memory had at that time.
 */

#ifdef CONFIG_TRACEPOINTS

static struct conf_fixture *traced_caller(size_t size, gfp_t gfp)
{
	struct conf_fixture *f = READ_ONCE(traced);

	if (!f || f->claims->custom_allocator || !in_task() ||
	    !(f->claims->table_sizes & size) || !(gfp & __GFP_ZERO) ||
	    !find_inside(f, current))
		return NULL;
	return f;
}

/* The allocations of this function are not the format's, and must not fail. */
static void trace_alloc(struct conf_fixture *f, void *table, size_t size, gfp_t gfp)
{
	struct task_struct **slot = find_inside(f, current);
#ifdef CONFIG_FAULT_INJECTION
	unsigned int fail_nth = current->fail_nth;
#endif

	WRITE_ONCE(*slot, ERR_PTR(-EBUSY));
	kernel_fail_nth(0);
	before_alloc(f);
	note_alloc(f, table, size, gfp);
#ifdef CONFIG_FAULT_INJECTION
	kernel_fail_nth(fail_nth);
#endif
	WRITE_ONCE(*slot, current);
}

static void probe_page_alloc(void *data, struct page *page, unsigned int order,
			     gfp_t gfp, int migratetype)
{
	struct conf_fixture *f = traced_caller(PAGE_SIZE << order, gfp);

	if (f && page)
		trace_alloc(f, page_address(page), PAGE_SIZE << order, gfp);
}

static void probe_slab_alloc(void *data, unsigned long call_site, const void *ptr,
			     struct kmem_cache *s, gfp_t gfp, int node)
{
	struct conf_fixture *f = traced_caller(kmem_cache_size(s), gfp);

	if (f && ptr)
		trace_alloc(f, (void *)ptr, kmem_cache_size(s), gfp);
}

/* Any task may free memory at any time. conf_untrace() waits for running calls of this function. */
static void trace_free(const void *table, size_t size)
{
	struct conf_fixture *f;

	guard(rcu)();
	f = READ_ONCE(traced);
	if (f && !f->claims->custom_allocator && f->claims->table_sizes & size)
		note_free(f, table, size);
}

static void probe_page_free(void *data, struct page *page, unsigned int order)
{
	if (!PageHighMem(page))
		trace_free(page_address(page), PAGE_SIZE << order);
}

static void probe_slab_free(void *data, unsigned long call_site, const void *ptr,
			    const struct kmem_cache *s)
{
	trace_free(ptr, s ? kmem_cache_size((struct kmem_cache *)s) : 0);
}

static void show_to_walker(struct conf_fixture *f, u64 pa, size_t size)
{
	struct conf_page *page = search_page(f, pa);
	size_t at;

	if (!page || !page->shadow)
		return;
	at = pa - page->pa;
	size = min_t(u64, size, page->size - at);
	memcpy(page->shadow + at, page->table + at, size);
}

static void probe_dma_map(void *data, struct device *dev, phys_addr_t pa,
			  dma_addr_t dma, size_t size, enum dma_data_direction dir,
			  unsigned long attrs)
{
	struct conf_fixture *f = READ_ONCE(traced);

	if (f && dev == f->dev) {
		atomic_inc(&f->shown);
		show_to_walker(f, pa, size);
	}
}

static void probe_dma_sync(void *data, struct device *dev, dma_addr_t dma,
			   size_t size, enum dma_data_direction dir)
{
	struct conf_fixture *f = READ_ONCE(traced);

	if (f && dev == f->dev) {
		if (f->on_sync)
			f->on_sync(f);
		show_to_walker(f, dma, size);
		look(f);
	}
}

enum { PAGE_ALLOC, PAGE_FREE, SLAB_ALLOC, SLAB_FREE, DMA_MAP, DMA_SYNC, NUM_PROBES };

static struct {
	const char *name;
	void *probe;
	struct tracepoint *tp;
} probes[NUM_PROBES] = {
	[PAGE_ALLOC] = { "mm_page_alloc", probe_page_alloc },
	[PAGE_FREE] = { "mm_page_free", probe_page_free },
	[SLAB_ALLOC] = { "kmem_cache_alloc", probe_slab_alloc },
	[SLAB_FREE] = { "kmem_cache_free", probe_slab_free },
	[DMA_MAP] = { ON_6_12("dma_map_page") ON_7_3("dma_map_phys"), probe_dma_map },
	[DMA_SYNC] = { "dma_sync_single_for_device", probe_dma_sync },
};

static void find_tracepoint(struct tracepoint *tp, void *priv)
{
	unsigned int i;

	for (i = 0; i < NUM_PROBES; i++)
		if (!strcmp(tp->name, probes[i].name))
			probes[i].tp = tp;
}

/*
 * A kernel may lack some tracepoints. conf_sees_syncs() and conf_sees_tables() say what the suites
 * can see.
 */
static int __init conformance_init(void)
{
	unsigned int i;

	for_each_kernel_tracepoint(find_tracepoint, NULL);
	for (i = 0; i < NUM_PROBES; i++)
		if (probes[i].tp &&
		    tracepoint_probe_register(probes[i].tp, probes[i].probe, NULL))
			probes[i].tp = NULL;
	return 0;
}
module_init(conformance_init);

static void __exit conformance_exit(void)
{
	unsigned int i;

	for (i = 0; i < NUM_PROBES; i++)
		if (probes[i].tp)
			tracepoint_probe_unregister(probes[i].tp, probes[i].probe, NULL);
	tracepoint_synchronize_unregister();
}
module_exit(conformance_exit);

bool conf_sees_syncs(void)
{
	return probes[DMA_MAP].tp && probes[DMA_SYNC].tp;
}

static bool sees_allocations(void)
{
	return probes[PAGE_ALLOC].tp && probes[PAGE_FREE].tp &&
	       probes[SLAB_ALLOC].tp && probes[SLAB_FREE].tp;
}
#else
bool conf_sees_syncs(void)
{
	return false;
}

static bool sees_allocations(void)
{
	return false;
}
#endif
EXPORT_SYMBOL_GPL(conf_sees_syncs);

/* Return: whether all memory of the tables is recorded. Otherwise leaks cannot be found. */
bool conf_sees_tables(const struct conf_fixture *f)
{
	return f->claims->custom_allocator ||
	       (f->claims->table_sizes && sees_allocations());
}

/* Return: whether the format's allocations can be made to fail */
bool conf_can_fail(const struct conf_fixture *f)
{
	return f->claims->custom_allocator ||
	       (IS_ENABLED(CONFIG_FAILSLAB) && IS_ENABLED(CONFIG_FAIL_PAGE_ALLOC));
}

void conf_trace(struct conf_fixture *f)
{
	WRITE_ONCE(traced, f);
}

void conf_untrace(struct conf_fixture *f)
{
	WRITE_ONCE(traced, NULL);
	synchronize_rcu_expedited();
}

MODULE_DESCRIPTION("KUnit conformance suites for io-pgtable formats");
MODULE_LICENSE("GPL");
