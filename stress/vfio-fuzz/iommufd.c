// SPDX-License-Identifier: GPL-2.0-only
/*
 * iommufd: two address spaces (IOAS), each with its own page table (HWPT), and often with a second
 * page table that has dirty tracking. The device is attached to one space, to the other, or to
 * none.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/iommufd.h>
#include <linux/vfio.h>
#include <stdio.h>
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

static uint32_t permissions(const struct mapping *m)
{
	return (m->read ? IOMMU_IOAS_MAP_READABLE : 0) | (m->write ? IOMMU_IOAS_MAP_WRITEABLE : 0);
}

/* The ranges of the space that the device is in. These exclude the addresses of MSIs. */
static void learn_ranges(struct worker *w)
{
	struct iommu_iova_range ranges[MAX_RANGES];
	struct iommu_ioas_iova_ranges cmd = {
		.size = sizeof(cmd),
		.ioas_id = w->ioas[0],
		.num_iovas = MAX_RANGES,
		.allowed_iovas = (uintptr_t)ranges,
	};
	unsigned int space;
	uint32_t i;

	if (ioctl(w->container, IOMMU_IOAS_IOVA_RANGES, &cmd))
		fail(w, "IOMMU_IOAS_IOVA_RANGES: error %d", errno);
	for (space = 0; space < SPACES; space++) {
		struct space *s = &w->spaces[space];

		for (i = 0; i < cmd.num_iovas; i++)
			s->ranges[i] = (struct range){ ranges[i].start, ranges[i].last };
		s->range_count = i;
	}
}

static int alloc_hwpt(struct worker *w, unsigned int space, uint32_t flags, uint32_t *id)
{
	struct iommu_hwpt_alloc cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.dev_id = w->device_id,
		.pt_id = w->ioas[space],
	};
	int err = error_of(ioctl(w->container, IOMMU_HWPT_ALLOC, &cmd));

	if (!err)
		*id = cmd.out_hwpt_id;
	return err;
}

static int destroy(struct worker *w, uint32_t id)
{
	struct iommu_destroy cmd = { .size = sizeof(cmd), .id = id };

	return error_of(ioctl(w->container, IOMMU_DESTROY, &cmd));
}

static int open_space(struct worker *w, unsigned int space)
{
	struct iommu_ioas_alloc cmd = { .size = sizeof(cmd) };
	int err = error_of(ioctl(w->container, IOMMU_IOAS_ALLOC, &cmd));

	if (err)
		return err;
	w->ioas[space] = cmd.out_ioas_id;
	return alloc_hwpt(w, space, 0, &w->hwpt[space]);
}

/* Retries: another process may still be releasing the device. */
static int bind_device(struct worker *w, const char *path)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = w->container };
	unsigned int tries;

	for (tries = 0; tries < 1000; tries++) {
		w->device_fd = open(path, O_RDWR);
		if (w->device_fd >= 0 &&
		    !ioctl(w->device_fd, VFIO_DEVICE_BIND_IOMMUFD, &bind)) {
			w->device_id = bind.out_devid;
			return 0;
		}
		if (errno != EBUSY && errno != EPERM)
			break;
		if (w->device_fd >= 0)
			close(w->device_fd);
		usleep(10000);
	}
	return errno;
}

/* The folder has one entry: vfioN. */
static int cdev_path(struct worker *w, char *path, size_t size)
{
	unsigned int number;

	for (number = 0; number < 64; number++) {
		char folder[128];

		snprintf(folder, sizeof(folder), "/sys/bus/pci/devices/%s/vfio-dev/vfio%u",
			 w->device, number);
		if (!access(folder, F_OK)) {
			snprintf(path, size, "/dev/vfio/devices/vfio%u", number);
			return 0;
		}
	}
	return ENOENT;
}

static int attach(struct worker *w, uint32_t id)
{
	struct vfio_device_attach_iommufd_pt cmd = { .argsz = sizeof(cmd), .pt_id = id };

	return error_of(ioctl(w->device_fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &cmd));
}

static int iommufd_open(struct worker *w)
{
	char path[64];
	unsigned int space;
	int err = cdev_path(w, path, sizeof(path));

	w->container = open("/dev/iommu", O_RDWR);
	if (w->container < 0)
		return errno;
	if (!err)
		err = bind_device(w, path);
	for (space = 0; !err && space < SPACES; space++)
		err = open_space(w, space);
	if (!err)
		err = attach(w, w->hwpt[0]);
	if (!err)
		learn_ranges(w);
	w->attached = 0;
	return err;
}

static void iommufd_close(struct worker *w)
{
	bool device_first = random_percent(&w->random, 50);

	close(device_first ? w->device_fd : w->container);
	close(device_first ? w->container : w->device_fd);
}

static int iommufd_map(struct worker *w, unsigned int space, struct mapping *m)
{
	struct iommu_ioas_map cmd = {
		.size = sizeof(cmd),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | permissions(m),
		.ioas_id = w->ioas[space],
		.user_va = (uintptr_t)m->va,
		.length = m->size,
		.iova = m->iova,
	};

	return error_of(ioctl(w->container, IOMMU_IOAS_MAP, &cmd));
}

static int iommufd_unmap(struct worker *w, unsigned int space, uint64_t iova, uint64_t size,
			 uint64_t *unmapped)
{
	struct iommu_ioas_unmap cmd = {
		.size = sizeof(cmd),
		.ioas_id = w->ioas[space],
		.iova = iova,
		.length = size,
	};
	int err = error_of(ioctl(w->container, IOMMU_IOAS_UNMAP, &cmd));

	*unmapped = cmd.length;
	return err;
}

static int iommufd_unmap_all(struct worker *w, unsigned int space, uint64_t *unmapped)
{
	return iommufd_unmap(w, space, 0, UINT64_MAX, unmapped);
}

/*
 * Calls that only this interface has
 */

/* The kernel chooses the address. */
static void map_anywhere(struct worker *w, unsigned int space)
{
	struct space *s = &w->spaces[space];
	struct iommu_ioas_map cmd = { .size = sizeof(cmd), .ioas_id = w->ioas[space] };
	struct mapping m = { .read = true, .dirty = DIRTY };
	int err;

	if (w->child || s->count > MAX_MAPPINGS - 8 || w->attached != (int)space)
		return;
	m.va = memory_pick(w, &m.size);
	m.write = memory_can_write(w, m.va) && random_percent(&w->random, 50);
	m.pages_writable = m.write;
	cmd.flags = permissions(&m);
	cmd.user_va = (uintptr_t)m.va;
	cmd.length = m.size;
	err = error_of(ioctl(w->container, IOMMU_IOAS_MAP, &cmd));
	m.iova = cmd.iova;
	if (!memory_is_valid(w, m.va, m.size, m.write)) {
		if (!err)
			fail(w, "map anywhere: succeeds with memory that cannot be pinned");
		return;
	}
	if (err == ENOMEM)
		return;
	if (err || !model_can_map(w, s, &m))
		fail(w, "map anywhere: error %d, iova %#llx, %#llx bytes", err,
		     (unsigned long long)m.iova, (unsigned long long)m.size);
	model_add(w, s, &m);
	count_up(&counters->maps);
}

/* Return: whether a copy of a range of mappings must succeed */
static bool can_copy(struct worker *w, const struct space *from, uint64_t iova,
		     const struct space *to, const struct mapping *m)
{
	uint64_t last = m->iova + m->size - 1, offset = 0;

	if (!model_is_covered(from, iova, m->size) || !model_in_range(to, m->iova, last) ||
	    model_find(to, m->iova, last))
		return false;
	while (m->write && offset < m->size) {
		const struct mapping *piece = model_find(from, iova + offset, iova + offset);

		if (!piece->pages_writable)
			return false;
		offset = piece->iova + piece->size - iova;
	}
	return true;
}

static void add_copies(struct worker *w, const struct space *from, uint64_t iova, struct space *to,
		       const struct mapping *m)
{
	const struct space before = *from;
	uint64_t offset = 0;

	while (offset < m->size) {
		const struct mapping *source = model_find(&before, iova + offset, iova + offset);
		uint64_t inside = iova + offset - source->iova;
		struct mapping piece = *m;

		piece.iova = m->iova + offset;
		piece.va = source->va + inside;
		piece.size = source->size - inside;
		if (piece.size > m->size - offset)
			piece.size = m->size - offset;
		piece.pages_writable = source->pages_writable;
		piece.dirty = DIRTY;
		model_add(w, to, &piece);
		offset += piece.size;
	}
}

static void copy_random(struct worker *w, unsigned int from_number, unsigned int to_number)
{
	struct space *from = &w->spaces[from_number], *to = &w->spaces[to_number];
	struct mapping m = { .read = true, .write = random_percent(&w->random, 50) };
	struct iommu_ioas_copy cmd = { .size = sizeof(cmd) };
	uint64_t iova;
	bool expected;
	int err;

	if (to->count > MAX_MAPPINGS - 8)
		return;
	calls_pick_span(w, from, &iova, &m.size);
	if (random_percent(&w->random, 40)) {
		uint64_t skip = random_below(&w->random, m.size / PAGE) * PAGE;

		iova += skip;
		m.size -= skip;
	}
	m.iova = random_percent(&w->random, 70) ? iova : random_below(&w->random, 1 << 20) * PAGE;
	if (!calls_may_map(w, to_number, m.iova, m.size))
		return;
	cmd.flags = IOMMU_IOAS_MAP_FIXED_IOVA | permissions(&m);
	cmd.dst_ioas_id = w->ioas[to_number];
	cmd.src_ioas_id = w->ioas[from_number];
	cmd.length = m.size;
	cmd.dst_iova = m.iova;
	cmd.src_iova = iova;
	expected = can_copy(w, from, iova, to, &m);
	err = error_of(ioctl(w->container, IOMMU_IOAS_COPY, &cmd));
	if (!err != expected && !(expected && err == ENOMEM))
		fail(w, "copy of space %u, %#llx to %u, %#llx, %#llx bytes: error %d, expected %s",
		     from_number, (unsigned long long)iova, to_number,
		     (unsigned long long)m.iova, (unsigned long long)m.size, err,
		     expected ? "success" : "an error");
	if (!err)
		add_copies(w, from, iova, to, &m);
	count_up(&counters->copies);
}

/* To a page table, to a space (for which the kernel finds or makes a page table), or to none */
static void move_device(struct worker *w, unsigned int space)
{
	struct vfio_device_detach_iommufd_pt detach = { .argsz = sizeof(detach) };
	unsigned int kind = random_below(&w->random, 10);
	int err;

	if (kind < 2) {
		err = error_of(ioctl(w->device_fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach));
		w->attached = -1;
	} else {
		err = attach(w, kind < 6 ? w->hwpt[space] : w->ioas[space]);
		w->attached = space;
	}
	if (err)
		fail(w, "the device cannot be attached to space %d: error %d", w->attached, err);
	count_up(&counters->attaches);
}

/*
 * Dirty tracking. The device is never attached to these page tables, since QEMU's SMMU would not
 * set the dirty state: a page is dirty from its map until a query clears the dirty state.
 */

static void set_dirty(struct space *s, enum dirty dirty)
{
	unsigned int i;

	for (i = 0; i < s->count; i++)
		s->mappings[i].dirty = dirty;
}

static void make_dirty_hwpt(struct worker *w, unsigned int space)
{
	uint32_t id = 0;
	int err = alloc_hwpt(w, space, IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &id);

	if (err && err != EOPNOTSUPP && err != ENOMEM)
		fail(w, "allocation of a page table with dirty tracking: error %d", err);
	w->dirty_hwpt[space] = id;
	set_dirty(&w->spaces[space], DIRTY);
}

static void destroy_dirty_hwpt(struct worker *w, unsigned int space)
{
	int err = destroy(w, w->dirty_hwpt[space]);

	if (err)
		fail(w, "an unused page table cannot be destroyed: error %d", err);
	w->dirty_hwpt[space] = 0;
}

static int set_tracking(struct worker *w, uint32_t hwpt, bool enable)
{
	struct iommu_hwpt_set_dirty_tracking cmd = {
		.size = sizeof(cmd),
		.flags = enable ? IOMMU_HWPT_DIRTY_TRACKING_ENABLE : 0,
		.hwpt_id = hwpt,
	};

	return error_of(ioctl(w->container, IOMMU_HWPT_SET_DIRTY_TRACKING, &cmd));
}

static void change_tracking(struct worker *w, unsigned int space)
{
	bool enable = random_percent(&w->random, 70);
	int err = set_tracking(w, w->dirty_hwpt[space], enable);

	if (err)
		fail(w, "dirty tracking %d: error %d", enable, err);
	if (enable)
		set_dirty(&w->spaces[space], CLEAN);
}

static int get_dirty(struct worker *w, uint32_t hwpt, uint64_t iova, uint64_t size, bool clear,
		     void *bitmap)
{
	struct iommu_hwpt_get_dirty_bitmap cmd = {
		.size = sizeof(cmd),
		.hwpt_id = hwpt,
		.flags = clear ? 0 : IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR,
		.iova = iova,
		.length = size,
		.page_size = PAGE,
		.data = (uintptr_t)bitmap,
	};

	return error_of(ioctl(w->container, IOMMU_HWPT_GET_DIRTY_BITMAP, &cmd));
}

/* Only writable pages in state DIRTY may be reported; if @all, all of them must be reported. */
static void judge_dirty(struct worker *w, const struct space *s, uint64_t iova, uint64_t size,
			const uint8_t *bitmap, bool all)
{
	uint64_t page;

	for (page = 0; page < size / PAGE; page++) {
		uint64_t at = iova + page * PAGE;
		const struct mapping *m = model_find(s, at, at);
		bool dirty = bitmap[page / 8] >> page % 8 & 1;
		bool expected = m && m->write && m->dirty == DIRTY;

		if (m && m->write && m->dirty == UNKNOWN)
			continue;
		if (dirty != expected && (dirty || all))
			fail(w, "dirty query: iova %#llx is %sdirty", (unsigned long long)at,
			     dirty ? "" : "not ");
	}
}

/*
 * Notes which pages a query has cleaned. A leaf that is only partly in the range may be cleaned or
 * not. Unless @all pages of the range are mapped, the state of all of them is unknown.
 */
static void mark_clean(struct space *s, uint64_t iova, uint64_t size, bool all)
{
	unsigned int i;

	for (i = 0; i < s->count; i++) {
		struct mapping *m = &s->mappings[i];

		if (m->iova >= iova + size || m->iova + m->size <= iova)
			continue;
		if (all && m->iova >= iova && m->iova + m->size <= iova + size)
			m->dirty = CLEAN;
		else if (m->dirty == DIRTY)
			m->dirty = UNKNOWN;
	}
}

/* A query ends at the first hole. Some kernels return an error then, 6.12 does not. */
static void query_dirty(struct worker *w, unsigned int space)
{
	struct space *s = &w->spaces[space];
	uint8_t bitmap[QUERY_BYTES] = {};
	bool clear = random_percent(&w->random, 70), covered;
	uint64_t iova, size;
	int err;

	calls_pick_span(w, s, &iova, &size);
	if (random_percent(&w->random, 20)) {
		uint64_t skip = random_below(&w->random, size / PAGE) * PAGE;

		iova += skip;
		size -= skip;
	}
	if (size > QUERY_SIZE)
		return;
	covered = model_is_covered(s, iova, size);
	err = get_dirty(w, w->dirty_hwpt[space], iova, size, clear, bitmap);
	if (err && covered)
		fail(w, "dirty query: error %d: iova %#llx, %#llx bytes", err,
		     (unsigned long long)iova, (unsigned long long)size);
	judge_dirty(w, s, iova, size, bitmap, covered);
	if (clear)
		mark_clean(s, iova, size, covered);
	count_up(&counters->dirty_queries);
}

static void dirty_special(struct worker *w, unsigned int space)
{
	unsigned int kind = random_below(&w->random, 10);

	if (!w->dirty_hwpt[space])
		make_dirty_hwpt(w, space);
	else if (kind < 1)
		destroy_dirty_hwpt(w, space);
	else if (kind < 3)
		change_tracking(w, space);
	else
		query_dirty(w, space);
}

static void iommufd_special(struct worker *w, unsigned int space)
{
	unsigned int kind = random_below(&w->random, 100);

	if (kind < 15)
		map_anywhere(w, space);
	else if (kind < 40)
		copy_random(w, space, random_below(&w->random, SPACES));
	else if (kind < 60)
		move_device(w, space);
	else
		dirty_special(w, space);
}

/*
 * Calls that must fail
 */

static int bad_map_flags(struct worker *w)
{
	struct iommu_ioas_map cmd = {
		.size = sizeof(cmd),
		.flags = 8 | (uint32_t)random_u64(&w->random),
		.ioas_id = w->ioas[0],
		.user_va = (uintptr_t)w->bounce,
		.length = PAGE,
	};

	return error_of(ioctl(w->container, IOMMU_IOAS_MAP, &cmd));
}

static int bad_map_va(struct worker *w)
{
	struct iommu_ioas_map cmd = {
		.size = sizeof(cmd),
		.flags = IOMMU_IOAS_MAP_READABLE,
		.ioas_id = w->ioas[0],
		.user_va = (1ULL << 63 | random_u64(&w->random)) & ~(PAGE - 1),
		.length = (1 + random_below(&w->random, 1000)) * PAGE,
	};

	return error_of(ioctl(w->container, IOMMU_IOAS_MAP, &cmd));
}

static uint32_t no_id(struct worker *w)
{
	return random_u64(&w->random) | 1 << 20;
}

static int bad_map_ioas(struct worker *w)
{
	struct iommu_ioas_map cmd = {
		.size = sizeof(cmd),
		.flags = IOMMU_IOAS_MAP_READABLE,
		.ioas_id = random_percent(&w->random, 50) ? w->hwpt[0] : no_id(w),
		.user_va = (uintptr_t)w->bounce,
		.length = PAGE,
	};

	return error_of(ioctl(w->container, IOMMU_IOAS_MAP, &cmd));
}

static int bad_size(struct worker *w)
{
	struct iommu_ioas_map cmd = {
		.size = random_below(&w->random, sizeof(cmd)),
		.flags = IOMMU_IOAS_MAP_READABLE,
		.ioas_id = w->ioas[0],
		.user_va = (uintptr_t)w->bounce,
		.length = PAGE,
	};

	return error_of(ioctl(w->container, IOMMU_IOAS_MAP, &cmd));
}

static int bad_hwpt_flags(struct worker *w)
{
	uint32_t id;

	return alloc_hwpt(w, 0, 1U << (8 + random_below(&w->random, 24)), &id);
}

static int bad_hwpt_parent(struct worker *w)
{
	struct iommu_hwpt_alloc cmd = {
		.size = sizeof(cmd),
		.dev_id = random_percent(&w->random, 50) ? w->device_id : w->ioas[0],
		.pt_id = w->device_id,
	};

	return error_of(ioctl(w->container, IOMMU_HWPT_ALLOC, &cmd));
}

static int destroy_what_is_used(struct worker *w)
{
	return destroy(w, w->ioas[random_below(&w->random, SPACES)]);
}

static int destroy_nothing(struct worker *w)
{
	return destroy(w, no_id(w));
}

static int track_without_dirty(struct worker *w)
{
	return set_tracking(w, w->hwpt[0], random_percent(&w->random, 50));
}

static int query_without_dirty(struct worker *w)
{
	uint64_t bits;

	return get_dirty(w, w->hwpt[0], BOUNCE_IOVA, PAGE, true, &bits);
}

static int bad_query(struct worker *w)
{
	uint32_t hwpt = w->dirty_hwpt[0] ?: w->hwpt[0];
	uint64_t iova = random_below(&w->random, PAGE - 1) + 1;

	return get_dirty(w, hwpt, iova, random_u64(&w->random), true, w->bounce);
}

static int bad_ranges(struct worker *w)
{
	struct iommu_iova_range range = { 2 * PAGE, PAGE };
	struct iommu_ioas_allow_iovas cmd = {
		.size = sizeof(cmd),
		.ioas_id = w->ioas[0],
		.num_iovas = 1 + random_below(&w->random, 2) * 0x7fffffff,
		.allowed_iovas = (uintptr_t)&range,
	};

	return error_of(ioctl(w->container, IOMMU_IOAS_ALLOW_IOVAS, &cmd));
}

static int bad_attach(struct worker *w)
{
	return attach(w, random_percent(&w->random, 50) ? w->device_id : no_id(w));
}

static int bind_again(struct worker *w)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = w->container };

	return error_of(ioctl(w->device_fd, VFIO_DEVICE_BIND_IOMMUFD, &bind));
}

static int bad_pointer(struct worker *w)
{
	static const unsigned long calls[] = {
		IOMMU_DESTROY, IOMMU_IOAS_ALLOC, IOMMU_IOAS_MAP, IOMMU_IOAS_COPY, IOMMU_IOAS_UNMAP,
		IOMMU_OPTION, IOMMU_HWPT_ALLOC, IOMMU_HWPT_GET_DIRTY_BITMAP,
	};

	return error_of(ioctl(w->container, calls[random_below(&w->random, ARRAY_SIZE(calls))],
			      random_u64(&w->random) | 1ULL << 60));
}

static void iommufd_hostile(struct worker *w)
{
	static int (*const calls[])(struct worker *w) = {
		bad_map_flags, bad_map_va, bad_map_ioas, bad_size, bad_hwpt_flags, bad_hwpt_parent,
		destroy_what_is_used, destroy_nothing, track_without_dirty, query_without_dirty,
		bad_query, bad_ranges, bad_attach, bind_again, bad_pointer,
	};
	unsigned int number = random_below(&w->random, ARRAY_SIZE(calls));

	if (!calls[number](w))
		fail(w, "hostile call %u succeeds", number);
	count_up(&counters->hostile);
}

const struct backend iommufd = {
	.name = "iommufd",
	.spaces = SPACES,
	.rule = IN_ORDER,
	.open = iommufd_open,
	.map = iommufd_map,
	.unmap = iommufd_unmap,
	.unmap_all = iommufd_unmap_all,
	.special = iommufd_special,
	.hostile = iommufd_hostile,
	.close = iommufd_close,
};
