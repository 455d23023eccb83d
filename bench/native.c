// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's objects in a program: the little that they need of a kernel, with
 * a plain allocator, and time in cycles of the CPU's time stamp counter instead
 * of instructions. Two sides, each formats and cases of one kernel, take turns.
 *
 * Physical addresses start at 256 MiB; the "struct page" of a page is an address
 * from which that of the page follows, and in 7.3 has a count of references.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <x86intrin.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PHYS_START	(1UL << 28)
#define MEMORY		(1UL << 29)
#define STRUCT_PAGE	64
#define PAGE_REFCOUNT	52
#define COUNTED_MOST	32
#define GFP_ZERO	(1U << 8)
#define ROUNDS		60

struct bench_work;

struct side {
	const char *name;
	const int *first, *last;
	const unsigned int *formats;
	int (*limit_init)(void *dev);
	int (*run_format)(unsigned int index, void *dev, bool coherent);
	int (*run_loops)(void *dev);
};

#define DECLARE_SIDE(side)							\
	extern const int __start_##side##_initcalls[] __attribute__((weak));	\
	extern const int __stop_##side##_initcalls[] __attribute__((weak));	\
	extern const unsigned int side##_bench_formats;				\
	int side##_bench_limit_init(void *dev);					\
	int side##_bench_run_format(unsigned int index, void *dev, bool coherent); \
	int side##_bench_run_loops(void *dev)

DECLARE_SIDE(stock);
DECLARE_SIDE(ours);

#define SIDE(side) {								\
	#side, __start_##side##_initcalls, __stop_##side##_initcalls,		\
	&side##_bench_formats, side##_bench_limit_init, side##_bench_run_format, \
	side##_bench_run_loops }

static const struct side sides[] = { SIDE(stock), SIDE(ours) };
static const struct side *current_side;

/* --- time */

int bench_time(int (*fn)(const struct bench_work *work), const struct bench_work *work,
	       bool may_sleep, uint32_t *cycles)
{
	uint64_t start;
	int ret;

	_mm_lfence();
	start = __rdtsc();
	_mm_lfence();
	ret = fn(work);
	_mm_lfence();
	*cycles = __rdtsc() - start;
	return ret;
}

/* --- memory: what was freed last is taken first */

unsigned long page_offset_base, vmemmap_base, phys_base;
void *kmalloc_caches[64][64];
char contig_page_data[1 << 16];

struct block {
	struct block *next;
};

static struct block *free_blocks[32];
static unsigned char orders[(PHYS_START + MEMORY) >> PAGE_SHIFT];
static char *memory, *unused;

static void memory_init(void)
{
	const size_t pages = (PHYS_START + MEMORY) >> PAGE_SHIFT;
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, flags, -1, 0);
	vmemmap_base = (unsigned long)mmap(NULL, pages * STRUCT_PAGE, PROT_READ | PROT_WRITE,
					     flags, -1, 0);
	unused = memory;
	page_offset_base = (unsigned long)memory - PHYS_START;
}

static unsigned int log_2(size_t size)
{
	return size <= 64 ? 6 : 64 - __builtin_clzl(size - 1);
}

/* Aligned to its size, and zeroed if @gfp says so. */
static void *take(unsigned int log, unsigned int gfp)
{
	struct block *block = free_blocks[log];
	const size_t size = 1UL << log;

	if (block) {
		free_blocks[log] = block->next;
	} else {
		unused = memory + ((unused - memory + size - 1) & -size);
		block = (void *)unused;
		unused += size;
		if (unused > memory + MEMORY)
			abort();
	}
	return gfp & GFP_ZERO ? memset(block, 0, size) : block;
}

static void give_back(void *address, unsigned int log)
{
	struct block *block = address;

	block->next = free_blocks[log];
	free_blocks[log] = block;
}

static size_t page_to_pfn(const void *page)
{
	return ((unsigned long)page - vmemmap_base) / STRUCT_PAGE;
}

static char *page_address(const void *page)
{
	return (char *)page_offset_base + (page_to_pfn(page) << PAGE_SHIFT);
}

void *__alloc_pages_noprof(unsigned int gfp, unsigned int order, int nid, void *nodes)
{
	char *address = take(PAGE_SHIFT + order, gfp);
	const size_t pfn = (address - (char *)page_offset_base) >> PAGE_SHIFT;

	return (char *)vmemmap_base + pfn * STRUCT_PAGE;
}

void *alloc_pages_node_noprof(int nid, unsigned int gfp, unsigned int order)
{
	return __alloc_pages_noprof(gfp, order, nid, NULL);
}

/* Before the array, 6.12 has a list, of which this is the head: here always NULL. */
unsigned long alloc_pages_bulk_noprof(unsigned int gfp, int nid, void *nodes, int count,
				      void **pages, void **array)
{
	int i;

	pages = pages ?: array;
	for (i = 0; i < count; i++)
		pages[i] = __alloc_pages_noprof(gfp, 0, nid, nodes);
	return count;
}

void __free_pages(void *page, unsigned int order)
{
	give_back(page_address(page), PAGE_SHIFT + order);
}

void *__folio_alloc_noprof(unsigned int gfp, unsigned int order, int nid, void *nodes)
{
	char *page = __alloc_pages_noprof(gfp, order, nid, nodes);

	*(int *)(page + PAGE_REFCOUNT) = 1;
	orders[page_to_pfn(page)] = order;
	return page;
}

void __folio_put(void *folio)
{
	__free_pages(folio, orders[page_to_pfn(folio)]);
}

unsigned long get_free_pages_noprof(unsigned int gfp, unsigned int order)
{
	return (unsigned long)take(PAGE_SHIFT + order, gfp);
}

void free_pages(unsigned long address, unsigned int order)
{
	give_back((void *)address, PAGE_SHIFT + order);
}

/* A cache is the logarithm of its objects' size. */
void *__kmem_cache_create_args(const char *name, unsigned int size, void *args, unsigned int flags)
{
	return (void *)(unsigned long)log_2(size);
}

void kmem_cache_destroy(void *cache)
{
}

void *kmem_cache_alloc_noprof(void *cache, unsigned int gfp)
{
	return take((unsigned long)cache, gfp);
}

void kmem_cache_free(void *cache, void *object)
{
	give_back(object, (unsigned long)cache);
}

void *__kmalloc_cache_noprof(void *cache, unsigned int gfp, size_t size)
{
	return calloc(1, size);
}

void *__kmalloc_noprof(size_t size, unsigned int gfp)
{
	return calloc(1, size);
}

void *__kmalloc_large_noprof(size_t size, unsigned int gfp)
{
	return calloc(1, size);
}

void kfree(const void *object)
{
	free((void *)object);
}

bool is_vmalloc_addr(const void *address)
{
	return false;
}

/* --- how much memory is in use, counted as the kernel does on x86_64 */

static int8_t counted[64];
static long totals[64];

/* What one CPU counted goes to all CPUs' total when it is much. Return: what is left. */
static int8_t count(int item, long counted)
{
	if (labs(counted) <= COUNTED_MOST)
		return counted;
	__atomic_add_fetch(&totals[item], counted, __ATOMIC_RELAXED);
	return 0;
}

/* With interrupts off */
void __mod_node_page_state(void *node, int item, long delta)
{
	counted[item] = count(item, counted[item] + delta);
}

/* With interrupts on: cmpxchg, not locked, for it is this CPU's. */
void mod_node_page_state(void *node, int item, long delta)
{
	int8_t old = counted[item], new;
	bool done;

	do {
		new = count(item, old + delta);
		asm volatile("cmpxchgb %3, %1"
			     : "=@ccz" (done), "+m" (counted[item]), "+a" (old) : "q" (new));
	} while (!done);
}

/* --- what else a coherent walker and one thread come across */

/* The C library's relies on a stack aligned to 16 bytes, which the kernel's objects do not keep. */
int snprintf(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(buffer, size, format, arguments);
	va_end(arguments);
	return n;
}

int _printk(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	printf("%s ", current_side->name);
	vprintf(format[0] == 1 ? format + 2 : format, arguments);
	va_end(arguments);
	return 0;
}

static __thread int (*comparison)(const void *a, const void *b);

void sort(void *base, size_t count, size_t size, int (*compare)(const void *a, const void *b),
	  void *swap)
{
	comparison = compare;
	qsort(base, count, size, comparison);
}

unsigned long _raw_spin_lock_irqsave(void *lock)
{
	return 0;
}

void _raw_spin_unlock_irqrestore(void *lock, unsigned long flags)
{
}

void _raw_spin_lock(void *lock)
{
}

void _raw_spin_unlock(void *lock)
{
}

unsigned long dma_map_page_attrs(void *dev, void *page, size_t offset, size_t size, int direction,
				 unsigned long attrs)
{
	return 0;
}

/* Nobody calls these: there is no device. */
#define NEVER(function) void function(void) { abort(); }
NEVER(__dma_sync_single_for_device)
NEVER(dma_unmap_page_attrs)
NEVER(__devm_add_action)
NEVER(__devres_alloc_node)
NEVER(devres_add)
NEVER(___ratelimit)
NEVER(_dev_err)
NEVER(clflush_cache_range)
NEVER(dump_stack)
NEVER(dev_err_probe)
NEVER(current_is_async)
NEVER(driver_deferred_probe_check_state)

void driver_deferred_probe_trigger(void)
{
}

/* --- direct calls: the kernel patches each call, we do the jump that they call */

struct static_call_key {
	void *func;
};

void __static_call_update(struct static_call_key *key, char *trampoline, char *func)
{
	const int32_t distance = func - (trampoline + 5);
	char *page = (char *)((unsigned long)trampoline & -PAGE_SIZE);

	if (mprotect(page, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC))
		abort();
	trampoline[0] = 0xe9;	/* jmp */
	memcpy(trampoline + 1, &distance, sizeof(distance));
	key->func = func;
}

/* What indirect calls become in a kernel with retpolines */
__asm__(".irp register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15\n"
	"	.balign 32\n"
	"	.globl __x86_indirect_thunk_\\register\n"
	"__x86_indirect_thunk_\\register:\n"
	"	call 2f\n"
	"1:	int3\n"
	"2:	mov %\\register, (%rsp)\n"
	"	ret\n"
	"	int3\n"
	".endr");

void mutex_lock(void *mutex)
{
}

void mutex_unlock(void *mutex)
{
}

void kick_all_cpus_sync(void)
{
}

/* --- both sides, in turn */

static int run(const struct side *side)
{
	unsigned int i;
	int ret;

	current_side = side;
	ret = side->run_loops(NULL);
	for (i = 0; !ret && i < *side->formats; i++)
		ret = side->run_format(i, NULL, true);
	return ret;
}

int main(void)
{
	unsigned int i, round;
	const int *call;
	int ret = 0;

	memory_init();
	for (i = 0; i < 2; i++) {
		/* Each is an offset from where it is to the function. */
		for (call = sides[i].first; call < sides[i].last; call++)
			ret |= ((int (*)(void))((char *)call + *call))();
		ret |= sides[i].limit_init(NULL);
	}
	for (round = 0; !ret && round < ROUNDS; round++)
		ret = run(&sides[0]) ?: run(&sides[1]);
	printf("bench end %d\n", ret);
	return ret ? 1 : 0;
}
