// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the kernel's objects in a program. This file has the functions of the kernel that the
 * objects need, with a plain allocator. It measures cycles of the CPU's time stamp counter instead
 * of instructions. Two sides, each with the formats and cases of one kernel, run in turns. With the
 * argument "threads" the program measures one table that several threads use.
 *
 * Physical addresses start at 256 MiB. The address of a page's "struct page" determines the address
 * of the page; in 7.3 the "struct page" also has a reference count.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
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
#define THREADS		8
#define REPEATS		11

struct bench_work;
struct bench_shared;

struct side {
	const char *name;
	const int *first, *last;
	const unsigned int *formats;
	int (*limit_init)(void *dev);
	int (*run_format)(unsigned int index, void *dev, bool coherent);
	int (*run_loops)(void *dev);
	struct bench_shared *(*share)(unsigned int index);
	void (*unshare)(struct bench_shared *s);
	const char *(*shared_name)(const struct bench_shared *s);
	int (*use_range)(const struct bench_shared *s, unsigned int n, int op, unsigned int rounds);
};

#define DECLARE_SIDE(side)							\
	extern const int __start_##side##_initcalls[] __attribute__((weak));	\
	extern const int __stop_##side##_initcalls[] __attribute__((weak));	\
	extern const unsigned int side##_bench_formats;				\
	int side##_bench_limit_init(void *dev);					\
	int side##_bench_run_format(unsigned int index, void *dev, bool coherent); \
	int side##_bench_run_loops(void *dev);					\
	struct bench_shared *side##_bench_share(unsigned int index);		\
	void side##_bench_unshare(struct bench_shared *s);			\
	const char *side##_bench_shared_name(const struct bench_shared *s);	\
	int side##_bench_use_range(const struct bench_shared *s, unsigned int n, int op, \
				   unsigned int rounds)

DECLARE_SIDE(stock);
DECLARE_SIDE(ours);

#define SIDE(side) {								\
	#side, __start_##side##_initcalls, __stop_##side##_initcalls,		\
	&side##_bench_formats, side##_bench_limit_init, side##_bench_run_format, \
	side##_bench_run_loops, side##_bench_share, side##_bench_unshare,	\
	side##_bench_shared_name, side##_bench_use_range }

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

/* --- memory: a thread reuses first the block that it freed last */

unsigned long page_offset_base, vmemmap_base, phys_base;
void *kmalloc_caches[64][64];
char contig_page_data[1 << 16];

struct block {
	struct block *next;
};

static __thread struct block *free_blocks[32];
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

static void *take_unused(size_t size)
{
	char *old = __atomic_load_n(&unused, __ATOMIC_RELAXED), *block;

	do {
		block = memory + ((old - memory + size - 1) & -size);
		if (block + size > memory + MEMORY)
			abort();
	} while (!__atomic_compare_exchange_n(&unused, &old, block + size, false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return block;
}

/* Return: a block aligned to its size, zeroed if @gfp has GFP_ZERO */
static void *take(unsigned int log, unsigned int gfp)
{
	struct block *block = free_blocks[log];
	const size_t size = 1UL << log;

	if (block)
		free_blocks[log] = block->next;
	else
		block = take_unused(size);
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

/* 6.12 has an additional parameter before the array, the head of a list: @pages is always NULL. */
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

/* A cache is represented by log2 of its objects' size. */
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

/* --- memory in use, counted as the kernel does on x86_64 */

static __thread int8_t counted[64];	/* a thread stands for a CPU */
static long totals[64];

/* Adds a CPU's count to the total if it is over COUNTED_MOST. Return: the CPU's remaining count. */
static int8_t count(int item, long counted)
{
	if (labs(counted) <= COUNTED_MOST)
		return counted;
	__atomic_add_fetch(&totals[item], counted, __ATOMIC_RELAXED);
	return 0;
}

/* Called with interrupts off */
void __mod_node_page_state(void *node, int item, long delta)
{
	counted[item] = count(item, counted[item] + delta);
}

/* Called with interrupts on. The cmpxchg needs no lock, since the counter is this CPU's own. */
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

/* --- other functions that formats with a coherent walker use */

/* The C library's needs a stack aligned to 16 bytes, which the kernel's objects do not provide. */
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

static bool several_threads;

static void lock_it(int *lock)
{
	while (several_threads && __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
		_mm_pause();
}

static void unlock_it(int *lock)
{
	if (several_threads)
		__atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

unsigned long _raw_spin_lock_irqsave(void *lock)
{
	lock_it(lock);
	return 0;
}

void _raw_spin_unlock_irqrestore(void *lock, unsigned long flags)
{
	unlock_it(lock);
}

void _raw_spin_lock(void *lock)
{
	lock_it(lock);
}

void _raw_spin_unlock(void *lock)
{
	unlock_it(lock);
}

unsigned long dma_map_page_attrs(void *dev, void *page, size_t offset, size_t size, int direction,
				 unsigned long attrs)
{
	return 0;
}

/* These are never called, since there is no device. */
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

/* --- direct calls: the kernel patches each call, the program patches the trampoline's jump */

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

/* Thunks that indirect calls use in a kernel with retpolines */
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

/* --- several threads and one table */

/* As in bench.h */
enum { PAGE, PAGES, TABLE, SHARED_OPS };

static const struct {
	const char *name;
	unsigned int rounds;	/* of each thread, which take some milliseconds */
} shared_ops[SHARED_OPS] = {
	[PAGE] = { "page", 200000 },
	[PAGES] = { "pages", 3000 },
	[TABLE] = { "table", 3000 },
};

/* The job of @n threads. All threads wait at the barrier before the job and after it. */
static struct {
	pthread_barrier_t barrier;
	const struct side *side;
	const struct bench_shared *table;
	unsigned int n;
	int op;
	int ret;
	double spent[THREADS];	/* nanoseconds of CPU time */
} job;

/* CPU time of the thread, since other programs run at the same time */
static double nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static void do_job(unsigned int n)
{
	double start = nanoseconds();

	if (job.side->use_range(job.table, n, job.op, shared_ops[job.op].rounds))
		__atomic_store_n(&job.ret, -1, __ATOMIC_RELAXED);
	job.spent[n] = nanoseconds() - start;
}

static void *thread_main(void *number)
{
	const unsigned long n = (unsigned long)number;

	for (;;) {
		pthread_barrier_wait(&job.barrier);
		if (n < job.n)
			do_job(n);
		pthread_barrier_wait(&job.barrier);
	}
	return NULL;
}

static double time_of_all(void)
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < job.n; i++)
		sum += job.spent[i];
	return sum;
}

/* Prints the time of one operation while @n threads do it, in hundredths of a nanosecond. */
static void run_threads(const struct side *side, unsigned int format, int op, unsigned int n)
{
	struct bench_shared *table = side->share(format);

	if (!table)
		return;
	job.side = side;
	job.table = table;
	job.n = n;
	job.op = op;
	pthread_barrier_wait(&job.barrier);
	pthread_barrier_wait(&job.barrier);
	printf("%s bench threads|%s|%s|%u|%.0f\n", side->name, side->shared_name(table),
	       shared_ops[op].name, n, 100 * time_of_all() / n / shared_ops[op].rounds);
	side->unshare(table);
}

static int run_shared(void)
{
	unsigned int format, op, n, repeat;
	unsigned long i;
	pthread_t thread;

	several_threads = true;
	pthread_barrier_init(&job.barrier, NULL, THREADS + 1);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&thread, NULL, thread_main, (void *)i))
			return -1;
	for (format = 0; format < *sides[0].formats; format++)
		for (op = 0; op < SHARED_OPS; op++)
			for (n = 1; n <= THREADS; n *= 2)
				for (repeat = 0; repeat < REPEATS; repeat++)
					for (i = 0; i < 2; i++)
						run_threads(&sides[i], format, op, n);
	return job.ret;
}

static int run_in_turn(void)
{
	unsigned int round;
	int ret = 0;

	for (round = 0; !ret && round < ROUNDS; round++)
		ret = run(&sides[0]) ?: run(&sides[1]);
	return ret;
}

int main(int argc, char **argv)
{
	const int *call;
	unsigned int i;
	int ret = 0;

	memory_init();
	for (i = 0; i < 2; i++) {
		/* Each entry is the offset from the entry to the function. */
		for (call = sides[i].first; call < sides[i].last; call++)
			ret |= ((int (*)(void))((char *)call + *call))();
		ret |= sides[i].limit_init(NULL);
	}
	if (!ret)
		ret = argc > 1 && !strcmp(argv[1], "threads") ? run_shared() : run_in_turn();
	printf("bench end %d\n", ret);
	return ret ? 1 : 0;
}
