// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of every kind that can be mapped. The memory after each region cannot be accessed, so a
 * range that is too long fails half way.
 */
#include <err.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

static void *map_memory(void *va, uint64_t size, int prot, int flags, int fd)
{
	void *result = mmap(va, size, prot, flags | (va ? MAP_FIXED : 0), fd, 0);

	if (result == MAP_FAILED)
		err(1, "mmap of %#llx bytes", (unsigned long long)size);
	return result;
}

static struct region *add_region(struct worker *w, const char *name, uint8_t *va, uint64_t size)
{
	struct region *r = &w->regions[w->region_count++];

	*r = (struct region){ .name = name, .va = va, .size = size, .writable = true };
	return r;
}

/* Fills all pages with different contents. Otherwise they would be the zero page. */
static void fill(struct worker *w, uint8_t *va, uint64_t size)
{
	uint64_t offset;

	for (offset = 0; offset < size; offset += 512)
		*(uint64_t *)(va + offset) = random_u64(&w->random);
}

#define ANONYMOUS	(MAP_PRIVATE | MAP_ANONYMOUS)

static void add_anonymous(struct worker *w, const char *name, uint8_t *va, uint64_t size,
			  int advice)
{
	map_memory(va, size, PROT_READ | PROT_WRITE, ANONYMOUS, -1);
	if (madvise(va, size, advice))
		err(1, "madvise");
	fill(w, va, size);
	add_region(w, name, va, size);
}

/* Without a region if no huge pages are free: other workers use some, too. */
static void add_huge(struct worker *w, uint8_t *va, uint64_t size)
{
	void *huge = mmap(va, size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB | MAP_FIXED, -1, 0);

	if (huge == MAP_FAILED) {
		map_memory(va, size, PROT_NONE, ANONYMOUS | MAP_NORESERVE, -1);
		return;
	}
	fill(w, va, size);
	add_region(w, "hugetlb", va, size);
}

static void add_read_only(struct worker *w, uint8_t *va, uint64_t size)
{
	int fd = memfd_create("read-only", 0);
	uint8_t *alias;

	if (fd < 0 || ftruncate(fd, size))
		err(1, "memfd");
	alias = map_memory(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	fill(w, alias, size);
	munmap(alias, size);
	map_memory(va, size, PROT_READ, MAP_SHARED, fd);
	close(fd);
	add_region(w, "read-only", va, size)->writable = false;
}

static void add_torn(struct worker *w, uint8_t *va, uint64_t size)
{
	add_anonymous(w, "torn", va, size, MADV_NOHUGEPAGE);
	w->regions[w->region_count - 1].torn = size / 2 + 7 * PAGE;
	if (mprotect(va + size / 2 + 7 * PAGE, PAGE, PROT_NONE))
		err(1, "mprotect");
}

void memory_make(struct worker *w)
{
	uint8_t *va = map_memory(NULL, 64 << 20, PROT_NONE, ANONYMOUS | MAP_NORESERVE, -1);

	va += -(uintptr_t)va % SZ_2M;
	add_anonymous(w, "small pages", va, SZ_2M, MADV_NOHUGEPAGE);
	add_anonymous(w, "transparent huge pages", va + 2 * SZ_2M, 3 * SZ_2M, MADV_HUGEPAGE);
	add_huge(w, va + 6 * SZ_2M, 2 * SZ_2M);
	map_memory(va + 9 * SZ_2M, SZ_2M, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	fill(w, va + 9 * SZ_2M, SZ_2M);
	add_region(w, "shared", va + 9 * SZ_2M, SZ_2M);
	add_read_only(w, va + 11 * SZ_2M, SZ_2M / 2);
	add_torn(w, va + 13 * SZ_2M, SZ_2M);

	w->bounce = map_memory(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	memset(w->bounce, 0, PAGE);
}

static const struct region *region_of(const struct worker *w, const uint8_t *va)
{
	unsigned int i;

	for (i = 0; i < w->region_count; i++)
		if (va >= w->regions[i].va && va < w->regions[i].va + w->regions[i].size)
			return &w->regions[i];
	return NULL;
}

/* Return: whether the kernel can pin the whole range */
bool memory_is_valid(const struct worker *w, const uint8_t *va, uint64_t size, bool write)
{
	const struct region *r = region_of(w, va);
	uint64_t offset;

	if (va == w->bounce)
		return size <= PAGE;
	if (!r)
		return false;
	offset = va - r->va;
	if (size > r->size - offset || (write && !r->writable))
		return false;
	return !r->torn || offset > r->torn || offset + size <= r->torn;
}

bool memory_can_write(const struct worker *w, const uint8_t *va)
{
	const struct region *r = region_of(w, va);

	return va == w->bounce || (r && r->writable);
}

/* Return: whether any page has @word at @page_offset */
bool memory_has(const struct worker *w, uint64_t page_offset, uint32_t word)
{
	unsigned int i;
	uint64_t page;

	for (i = 0; i < w->region_count; i++) {
		const struct region *r = &w->regions[i];

		for (page = 0; page < r->size; page += PAGE)
			if (!(r->torn && page == r->torn) &&
			    *(const uint32_t *)(r->va + page + page_offset) == word)
				return true;
	}
	return false;
}

/* Return: a page, often the first of a block or a group of pages. @size: to the region's end */
uint8_t *memory_pick(struct worker *w, uint64_t *size)
{
	const struct region *r = &w->regions[random_below(&w->random, w->region_count)];
	uint64_t offset = random_below(&w->random, r->size / PAGE) * PAGE;

	if (random_percent(&w->random, 30))
		offset &= ~(SZ_64K - 1);
	if (random_percent(&w->random, 20))
		offset &= ~(SZ_2M - 1);
	*size = r->size - offset;
	return r->va + offset;
}
