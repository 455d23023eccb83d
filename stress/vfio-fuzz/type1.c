// SPDX-License-Identifier: GPL-2.0-only
/* VFIO's interface: a container of type 1, versions 1 and 2 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fuzz.h"

/* The largest range of a dirty query */
#define QUERY_SIZE	(2 * SZ_16M)
#define QUERY_BYTES	(QUERY_SIZE / PAGE / 8)

static int error_of(int result)
{
	return result < 0 ? errno : 0;
}

/* Retries: another process may still be releasing the group. */
static int open_group(const char *path)
{
	unsigned int tries;
	int fd = -1;

	for (tries = 0; tries < 1000; tries++) {
		fd = open(path, O_RDWR);
		if (fd >= 0 || errno != EBUSY)
			break;
		usleep(10000);
	}
	return fd;
}

static void learn_ranges(struct worker *w)
{
	union {
		struct vfio_iommu_type1_info info;
		uint8_t bytes[4096];
	} u = { .info.argsz = sizeof(u) };
	struct vfio_info_cap_header *header;
	uint32_t offset, i;

	if (ioctl(w->container, VFIO_IOMMU_GET_INFO, &u))
		fail(w, "VFIO_IOMMU_GET_INFO: error %d", errno);
	for (offset = u.info.cap_offset; offset; offset = header->next) {
		struct vfio_iommu_type1_info_cap_iova_range *cap = (void *)(u.bytes + offset);

		header = &cap->header;
		if (header->id != VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)
			continue;
		for (i = 0; i < cap->nr_iovas && i < MAX_RANGES; i++)
			w->spaces[0].ranges[i] = (struct range){ cap->iova_ranges[i].start,
								 cap->iova_ranges[i].end };
		w->spaces[0].range_count = i;
	}
	if (!w->spaces[0].range_count)
		fail(w, "VFIO reports no range of input addresses");
}

static int open_version(struct worker *w, int version)
{
	char name[32], path[64];

	if (device_path(w->device, "iommu_group", name, sizeof(name)))
		return errno;
	snprintf(path, sizeof(path), "/dev/vfio/%s", name);
	w->container = open("/dev/vfio/vfio", O_RDWR);
	w->group = open_group(path);
	if (w->container < 0 || w->group < 0)
		return errno;
	if (ioctl(w->group, VFIO_GROUP_SET_CONTAINER, &w->container) ||
	    ioctl(w->container, VFIO_SET_IOMMU, version))
		return errno;
	w->device_fd = ioctl(w->group, VFIO_GROUP_GET_DEVICE_FD, w->device);
	if (w->device_fd < 0)
		return errno;
	learn_ranges(w);
	w->attached = 0;
	return 0;
}

static int open_v1(struct worker *w)
{
	return open_version(w, VFIO_TYPE1_IOMMU);
}

static int open_v2(struct worker *w)
{
	return open_version(w, VFIO_TYPE1v2_IOMMU);
}

/* A program may close these in any order. */
static void type1_close(struct worker *w)
{
	int fds[] = { w->container, w->group, w->device_fd };
	unsigned int i, first = random_below(&w->random, ARRAY_SIZE(fds));

	for (i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[(first + i) % ARRAY_SIZE(fds)]);
}

static int type1_map(struct worker *w, unsigned int space, struct mapping *m)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = (m->read ? VFIO_DMA_MAP_FLAG_READ : 0) |
			 (m->write ? VFIO_DMA_MAP_FLAG_WRITE : 0),
		.vaddr = (uintptr_t)m->va,
		.iova = m->iova,
		.size = m->size,
	};

	return error_of(ioctl(w->container, VFIO_IOMMU_MAP_DMA, &map));
}

/* An unmap that also reports dirty pages. All pages that were mapped are dirty. */
static int unmap_dirty(struct worker *w, uint64_t iova, uint64_t size, uint64_t *unmapped)
{
	union {
		struct vfio_iommu_type1_dma_unmap unmap;
		uint8_t bytes[sizeof(struct vfio_iommu_type1_dma_unmap) +
			      sizeof(struct vfio_bitmap)];
	} u = { .unmap = { .argsz = sizeof(u), .flags = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP,
			   .iova = iova, .size = size } };
	struct vfio_bitmap *bitmap = (void *)u.unmap.data;
	int err;

	*bitmap = (struct vfio_bitmap){ .pgsize = PAGE, .size = QUERY_BYTES,
					.data = calloc(1, QUERY_BYTES) };
	err = error_of(ioctl(w->container, VFIO_IOMMU_UNMAP_DMA, &u));
	*unmapped = u.unmap.size;
	free(bitmap->data);
	return err;
}

static int type1_unmap(struct worker *w, unsigned int space, uint64_t iova, uint64_t size,
		       uint64_t *unmapped)
{
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof(unmap), .iova = iova,
						    .size = size };
	int err;

	if (w->tracking && !w->is_child && size >= PAGE && size <= QUERY_SIZE &&
	    random_percent(&w->random, 30))
		return unmap_dirty(w, iova, size, unmapped);
	err = error_of(ioctl(w->container, VFIO_IOMMU_UNMAP_DMA, &unmap));
	*unmapped = unmap.size;
	return err;
}

static int type1_unmap_all(struct worker *w, unsigned int space, uint64_t *unmapped)
{
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof(unmap),
						    .flags = VFIO_DMA_UNMAP_FLAG_ALL };
	int err = error_of(ioctl(w->container, VFIO_IOMMU_UNMAP_DMA, &unmap));

	*unmapped = unmap.size;
	return err;
}

/*
 * Dirty tracking by software: all mapped pages are dirty.
 */

struct query {
	struct vfio_iommu_type1_dirty_bitmap dirty;
	struct vfio_iommu_type1_dirty_bitmap_get get;
};

static int dirty_ioctl(struct worker *w, uint32_t flags, uint64_t iova, uint64_t size,
		       uint8_t *bitmap)
{
	struct query q = {
		.dirty = { .argsz = sizeof(q), .flags = flags },
		.get = { .iova = iova, .size = size,
			 .bitmap = { .pgsize = PAGE, .size = QUERY_BYTES,
				     .data = (void *)bitmap } },
	};

	return error_of(ioctl(w->container, VFIO_IOMMU_DIRTY_PAGES, &q));
}

/*
 * Linux 6.12 shifts a mapping's bits to the mapping's offset in a word of the answer, and keeps the
 * bits that are shifted beyond the mapping's end for the next query. So a page that is not mapped
 * may be reported as dirty if there is a mapping before the page in the same word.
 */
static bool may_be_leftover(const struct space *s, uint64_t iova, uint64_t page)
{
	uint64_t before;

	for (before = page & ~63ULL; before < page; before++)
		if (model_find(s, iova + before * PAGE, iova + before * PAGE))
			return true;
	return false;
}

static void query_dirty(struct worker *w)
{
	struct space *s = &w->spaces[0];
	uint8_t bitmap[QUERY_BYTES] = {};
	uint64_t iova, size, page;
	int err;

	calls_pick_span(w, s, &iova, &size);
	if (size > QUERY_SIZE)
		return;
	err = dirty_ioctl(w, VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP, iova, size, bitmap);
	if (!err != w->tracking)
		fail(w, "dirty query: error %d, tracking %d", err, w->tracking);
	for (page = 0; !err && page < size / PAGE; page++) {
		bool dirty = bitmap[page / 8] >> page % 8 & 1;
		bool mapped = model_find(s, iova + page * PAGE, iova + page * PAGE);

		if (dirty != mapped && !(dirty && may_be_leftover(s, iova, page)))
			fail(w, "dirty query: iova %#llx is %sdirty",
			     (unsigned long long)(iova + page * PAGE), dirty ? "" : "not ");
	}
	count_up(&counters->dirty_queries);
}

static void type1_v2_special(struct worker *w, unsigned int space)
{
	unsigned int kind = random_below(&w->random, 10);
	int err = 0;

	if (kind < 2)
		err = dirty_ioctl(w, VFIO_IOMMU_DIRTY_PAGES_FLAG_START, 0, 0, NULL);
	else if (kind < 3)
		err = dirty_ioctl(w, VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP, 0, 0, NULL);
	else
		query_dirty(w);
	if (err)
		fail(w, "dirty tracking: error %d", err);
	if (kind < 3)
		w->tracking = kind < 2;
}

static void type1_v1_special(struct worker *w, unsigned int space)
{
	if (!dirty_ioctl(w, VFIO_IOMMU_DIRTY_PAGES_FLAG_START, 0, 0, NULL))
		fail(w, "type 1 version 1 starts dirty tracking");
}

/*
 * Calls that must fail. Two calls that Linux 6.12 does not handle are left out: a dirty query with
 * pages of 0 bytes, for which the kernel shifts by 64 bits, and a dirty query without flags.
 */

static int bad_map_flags(struct worker *w)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = 0xfffffff8 & (uint32_t)random_u64(&w->random),
		.vaddr = (uintptr_t)w->bounce,
		.size = PAGE,
	};

	return ioctl(w->container, VFIO_IOMMU_MAP_DMA, &map);
}

static int bad_map_argsz(struct worker *w)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = random_below(&w->random, sizeof(map)),
		.flags = VFIO_DMA_MAP_FLAG_READ,
		.vaddr = (uintptr_t)w->bounce,
		.size = PAGE,
	};

	return ioctl(w->container, VFIO_IOMMU_MAP_DMA, &map);
}

static int bad_map_va(struct worker *w)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ,
		.vaddr = (1ULL << 63 | random_u64(&w->random)) & ~(PAGE - 1),
		.iova = CHILD_IOVA + CHILD_SIZE,
		.size = (1 + random_below(&w->random, 1000)) * PAGE,
	};

	return ioctl(w->container, VFIO_IOMMU_MAP_DMA, &map);
}

static int bad_unmap_flags(struct worker *w)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.flags = 8 | (uint32_t)random_u64(&w->random),
		.iova = BOUNCE_IOVA,
		.size = PAGE,
	};

	return ioctl(w->container, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

static int bad_unmap_all(struct worker *w)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.flags = VFIO_DMA_UNMAP_FLAG_ALL,
		.size = random_u64(&w->random) | 1,
	};

	return ioctl(w->container, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

static int bad_dirty_flags(struct worker *w)
{
	struct query q = { .dirty = { .argsz = sizeof(q), .flags = 3 } };

	return ioctl(w->container, VFIO_IOMMU_DIRTY_PAGES, &q);
}

/*
 * The kernel writes no bitmap if nothing is mapped. A child's parent may have unmapped the page, so
 * a child's call has another error.
 */
static int bad_dirty_bitmap(struct worker *w)
{
	struct query q = {
		.dirty = { .argsz = sizeof(q), .flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP },
		.get = { .iova = BOUNCE_IOVA, .size = PAGE,
			 .bitmap = { .pgsize = PAGE, .size = w->is_child ? 0 : 8,
				     .data = (void *)PAGE } },
	};

	return ioctl(w->container, VFIO_IOMMU_DIRTY_PAGES, &q);
}

static int set_iommu_again(struct worker *w)
{
	return ioctl(w->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU);
}

static int leave_while_used(struct worker *w)
{
	return ioctl(w->group, VFIO_GROUP_UNSET_CONTAINER);
}

static int bad_pointer(struct worker *w)
{
	static const unsigned long calls[] = { VFIO_IOMMU_GET_INFO, VFIO_IOMMU_MAP_DMA,
					       VFIO_IOMMU_UNMAP_DMA, VFIO_IOMMU_DIRTY_PAGES };

	return ioctl(w->container, calls[random_below(&w->random, ARRAY_SIZE(calls))],
		     random_u64(&w->random) | 1ULL << 60);
}

static void type1_hostile(struct worker *w)
{
	static int (*const calls[])(struct worker *w) = {
		bad_map_flags, bad_map_argsz, bad_map_va, bad_unmap_flags, bad_unmap_all,
		bad_dirty_flags, bad_dirty_bitmap, set_iommu_again, leave_while_used, bad_pointer,
	};
	unsigned int number = random_below(&w->random, ARRAY_SIZE(calls));

	if (calls[number](w) >= 0)
		fail(w, "hostile call %u succeeds", number);
	count_up(&counters->hostile);
}

const struct backend type1_v1 = {
	.name = "type 1 v1",
	.spaces = 1,
	.rule = FIRST_DECIDES,
	.open = open_v1,
	.map = type1_map,
	.unmap = type1_unmap,
	.unmap_all = type1_unmap_all,
	.special = type1_v1_special,
	.hostile = type1_hostile,
	.close = type1_close,
};

const struct backend type1_v2 = {
	.name = "type 1 v2",
	.spaces = 1,
	.rule = ALL_OR_NOTHING,
	.open = open_v2,
	.map = type1_map,
	.unmap = type1_unmap,
	.unmap_all = type1_unmap_all,
	.special = type1_v2_special,
	.hostile = type1_hostile,
	.close = type1_close,
};
