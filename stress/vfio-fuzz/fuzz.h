/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio-fuzz: a hostile program in user space, and a model of its mappings.
 *
 * A worker has a PCI device and one or two address spaces for the device, through VFIO type 1 or
 * iommufd (struct backend). The worker makes random calls; model.c predicts their results. probe.c
 * makes the device read and write at input addresses: a mapped address must reach the right memory,
 * an unmapped address must reach no memory. main.c runs a worker for each device in rounds, and
 * kills some of the workers.
 *
 * All random choices derive from the seed, the round and the device, so a round can be repeated.
 * The order of calls of different processes, and the exact time when a process is killed, cannot.
 */
#ifndef VFIO_FUZZ_H
#define VFIO_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define PAGE		4096ULL
#define SZ_64K		(64ULL << 10)
#define SZ_2M		(2ULL << 20)
#define SZ_16M		(16ULL << 20)

#define MAX_MAPPINGS	128
#define MAX_RANGES	16
#define MAX_REGIONS	8
#define SPACES		2

/* Input address of a worker's fixed page, which the device copies from and to */
#define BOUNCE_IOVA	0x5000000000ULL
/* Input addresses that a forked child uses, at the same time as its parent uses all others */
#define CHILD_IOVA	0x6000000000ULL
#define CHILD_SIZE	SZ_16M

struct random {
	uint64_t state;
};

/**
 * struct region - memory that can be mapped
 * @name: description
 * @va: address
 * @size: in bytes; the memory after the region cannot be accessed
 * @writable: the program, and so a device, may write
 * @torn: offset of a page that cannot be accessed, or 0
 */
struct region {
	const char *name;
	uint8_t *va;
	uint64_t size;
	bool writable;
	uint64_t torn;
};

/* State that a dirty query must report for the pages of a mapping */
enum dirty {
	CLEAN,
	DIRTY,
	UNKNOWN,
};

/**
 * struct mapping - a range that was mapped, and has not been unmapped
 * @iova: input address
 * @size: in bytes
 * @va: the memory
 * @read: the device may read
 * @write: the device may write
 * @pages_writable: the pages are pinned for writes, so a copy of the mapping may be writable
 * @dirty: dirty state in the space's page table with dirty tracking
 */
struct mapping {
	uint64_t iova;
	uint64_t size;
	uint8_t *va;
	bool read;
	bool write;
	bool pages_writable;
	enum dirty dirty;
};

struct range {
	uint64_t first;
	uint64_t last;
};

/**
 * struct space - an address space
 * @mappings: in the order of their addresses
 * @count: number of mappings
 * @ranges: the input addresses that can be mapped while the device is in this space
 * @range_count: number of ranges
 * @gone: the mapping that was unmapped or refused last
 */
struct space {
	struct mapping mappings[MAX_MAPPINGS];
	unsigned int count;
	struct range ranges[MAX_RANGES];
	unsigned int range_count;
	struct mapping gone;
};

/* How an interface unmaps a range that has only a part of a mapping at its first or last address */
enum unmap_rule {
	ALL_OR_NOTHING,		/* returns an error, and unmaps nothing */
	FIRST_DECIDES,		/* unmaps whole mappings, unless the first begins earlier */
	IN_ORDER,		/* unmaps the mappings before the part, and returns an error */
};

struct worker;

/**
 * struct backend - an interface of the kernel
 * @name: for messages
 * @spaces: number of address spaces of a worker
 * @rule: for unmapping
 * @open: get the device and the spaces; returns 0 or an error
 * @map: returns 0 or an error
 * @unmap: returns 0 or an error, and the number of unmapped bytes
 * @unmap_all: unmap all of a space; returns the same
 * @special: make a call that only this interface has
 * @hostile: make a call that must fail
 * @close: release the device and the spaces
 */
struct backend {
	const char *name;
	unsigned int spaces;
	enum unmap_rule rule;
	int (*open)(struct worker *w);
	int (*map)(struct worker *w, unsigned int space, struct mapping *m);
	int (*unmap)(struct worker *w, unsigned int space, uint64_t iova, uint64_t size,
		     uint64_t *unmapped);
	int (*unmap_all)(struct worker *w, unsigned int space, uint64_t *unmapped);
	void (*special)(struct worker *w, unsigned int space);
	void (*hostile)(struct worker *w);
	void (*close)(struct worker *w);
};

extern const struct backend type1_v1, type1_v2, iommufd;

/* Shared by all processes. In the end QEMU must have recorded as many faults as counted here. */
struct counters {
	unsigned long maps, maps_refused, unmaps, unmaps_refused;
	unsigned long reads, writes, read_only, holes, stale, blocked;
	unsigned long dirty_queries, copies, attaches, hostile;
	unsigned long children, children_killed, workers, workers_killed;
	unsigned long translation_faults, permission_faults;
};

extern struct counters *counters;

static inline void count_up(unsigned long *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

/**
 * struct worker - a process with a device
 * @device: the PCI address
 * @backend: the interface
 * @random: source of all random choices
 * @seed: seed of the whole run
 * @round: number of the current round
 * @op: calls so far
 * @probes: the device accesses memory; false if the process will be killed meanwhile
 * @child: a child that maps and unmaps in the same spaces, or 0
 * @is_child: this process is such a child
 * @spaces: the address spaces
 * @attached: the space that the device is in, or -1
 * @regions: memory that can be mapped
 * @region_count: number of regions
 * @bounce: memory at BOUNCE_IOVA
 * @regs: the device's registers
 * @device_fd: the device
 * @container: VFIO's container, or iommufd
 * @group: VFIO's group, or -1
 * @tracking: dirty tracking of type 1 is on
 * @device_id: iommufd's number of the device
 * @ioas: iommufd's numbers of the spaces
 * @hwpt: iommufd's numbers of a page table of each space
 * @dirty_hwpt: iommufd's numbers of page tables with dirty tracking, or 0
 */
struct worker {
	const char *device;
	const struct backend *backend;
	struct random random;
	uint64_t seed;
	unsigned int round;
	unsigned int op;
	bool probes;
	pid_t child;
	bool is_child;
	struct space spaces[SPACES];
	int attached;
	struct region regions[MAX_REGIONS];
	unsigned int region_count;
	uint8_t *bounce;
	volatile uint8_t *regs;

	int device_fd;
	int container;
	int group;
	bool tracking;
	uint32_t device_id;
	uint32_t ioas[SPACES];
	uint32_t hwpt[SPACES];
	uint32_t dirty_hwpt[SPACES];
};

/* main.c */
void fail(struct worker *w, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* random.c */
void random_seed(struct random *r, uint64_t seed, uint64_t round, uint64_t stream);
uint64_t random_u64(struct random *r);
uint64_t random_below(struct random *r, uint64_t limit);
bool random_percent(struct random *r, unsigned int percent);

/* memory.c */
void memory_make(struct worker *w);
bool memory_is_valid(const struct worker *w, const uint8_t *va, uint64_t size, bool write);
bool memory_can_write(const struct worker *w, const uint8_t *va);
bool memory_has(const struct worker *w, uint64_t page_offset, uint32_t word);
uint8_t *memory_pick(struct worker *w, uint64_t *size);

/* model.c */
const struct mapping *model_find(const struct space *s, uint64_t first, uint64_t last);
bool model_can_map(const struct worker *w, const struct space *s, const struct mapping *m);
void model_add(struct worker *w, struct space *s, const struct mapping *m);
bool model_unmap(struct worker *w, struct space *s, enum unmap_rule rule, uint64_t iova,
		 uint64_t size, uint64_t *unmapped);
bool model_is_covered(const struct space *s, uint64_t iova, uint64_t size);
bool model_in_range(const struct space *s, uint64_t first, uint64_t last);

/* calls.c */
void calls_begin(struct worker *w);
void calls_random(struct worker *w, unsigned int count);
bool calls_may_map(const struct worker *w, unsigned int space, uint64_t iova, uint64_t size);
void calls_unmap(struct worker *w, unsigned int space, uint64_t iova, uint64_t size);
void calls_pick_span(struct worker *w, struct space *s, uint64_t *iova, uint64_t *size);

/* device.c */
int device_path(const char *device, const char *link, char *name, size_t size);
void device_begin(struct worker *w);
void device_end(struct worker *w);

/* probe.c */
void probe_random(struct worker *w);

#endif /* VFIO_FUZZ_H */
