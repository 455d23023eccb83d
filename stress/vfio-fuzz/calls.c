// SPDX-License-Identifier: GPL-2.0-only
/* Random calls. The model judges the result of each. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

/* Addresses of mappings: near the ends of tables, the range reserved for MSIs, the last address */
static const uint64_t windows[] = {
	0,
	0x07c00000,		/* MSIs: 0x8000000 */
	0x3fc00000,		/* 1 GiB */
	0xff800000,		/* 4 GiB */
	0x7fffc00000,		/* 512 GiB */
	0x800000000000,		/* 2^47 */
	0xffffff800000,		/* 2^48 */
};

static struct space *pick_space(struct worker *w, unsigned int *number)
{
	*number = random_below(&w->random, w->backend->spaces);
	return &w->spaces[*number];
}

static const struct mapping *pick_mapping(struct worker *w, const struct space *s)
{
	return s->count ? &s->mappings[random_below(&w->random, s->count)] : NULL;
}

/* A child uses only CHILD_IOVA to CHILD_IOVA + CHILD_SIZE, its parent only other addresses. */
static bool is_ours(const struct worker *w, uint64_t first, uint64_t last)
{
	uint64_t end = CHILD_IOVA + CHILD_SIZE - 1;

	if (w->is_child)
		return first >= CHILD_IOVA && last <= end && last >= first;
	return last >= first && (last < CHILD_IOVA || first > end);
}

/**
 * calls_may_map() - whether the result of a map can be predicted
 * @w: the worker
 * @space: number of the space
 * @iova: first address
 * @size: in bytes
 *
 * iommufd reserves the addresses of MSIs only in the space that the device is in. If they were
 * mapped in another space, the device could not be attached to that space.
 *
 * Return: whether the worker may make the call.
 */
bool calls_may_map(const struct worker *w, unsigned int space, uint64_t iova, uint64_t size)
{
	uint64_t last = size ? iova + size - 1 : iova;

	if (!is_ours(w, iova, last))
		return false;
	return w->attached == (int)space || model_in_range(&w->spaces[space], iova, last);
}

static uint64_t pick_window(struct worker *w)
{
	uint64_t page = random_below(&w->random, SZ_16M / PAGE) * PAGE;

	if (w->is_child)
		return CHILD_IOVA + page;
	return windows[random_below(&w->random, ARRAY_SIZE(windows))] + page;
}

static uint64_t pick_size(struct worker *w, uint64_t most)
{
	struct random *r = &w->random;
	unsigned int kind = random_below(r, 100);

	if (kind < 45)
		return (1 + random_below(r, 16)) * PAGE;
	if (kind < 65)
		return (1 + random_below(r, 16)) * SZ_64K;
	if (kind < 80)
		return (1 + random_below(r, 2)) * SZ_2M;
	if (kind < 95)
		return most;
	if (kind < 97)
		return random_below(r, 2 * SZ_2M);
	return random_u64(r) >> random_below(r, 60) & ~(random_below(r, 2) * (PAGE - 1));
}

/* Free or mapped, beside another mapping, aligned so that a block fits, or invalid */
static uint64_t pick_iova(struct worker *w, const struct space *s, const struct mapping *want)
{
	struct random *r = &w->random;
	const struct mapping *other = pick_mapping(w, s);
	unsigned int kind = random_below(r, 100);
	uint64_t iova = pick_window(w);

	if (kind < 50)
		return (iova & ~(SZ_2M - 1)) | ((uintptr_t)want->va & (SZ_2M - 1));
	if (kind < 60)
		return iova & ~(SZ_64K - 1);
	if (kind < 70 && other)
		return other->iova + other->size;
	if (kind < 80 && other)
		return other->iova - want->size;
	if (kind < 88 && other)
		return other->iova + random_below(r, other->size / PAGE) * PAGE;
	if (kind < 91)
		return random_u64(r) >> random_below(r, 64);
	return iova;
}

static void describe(char *text, size_t size, unsigned int space, const struct mapping *m)
{
	snprintf(text, size, "space %u, iova %#llx, %#llx bytes at %p, %s%s", space,
		 (unsigned long long)m->iova, (unsigned long long)m->size, m->va,
		 m->read ? "r" : "-", m->write ? "w" : "-");
}

/* Failing for lack of memory is always allowed. */
static bool is_shortage(int err)
{
	return err == ENOMEM || err == ENOSPC;
}

static int map_judged(struct worker *w, unsigned int space, struct mapping *m)
{
	struct space *s = &w->spaces[space];
	bool expected = model_can_map(w, s, m);
	int err = w->backend->map(w, space, m);
	char text[160];

	m->pages_writable = m->write;
	m->dirty = DIRTY;
	if (!err != expected && !(expected && is_shortage(err))) {
		describe(text, sizeof(text), space, m);
		fail(w, "map: error %d, expected %s: %s", err, expected ? "success" : "an error",
		     text);
	}
	if (err) {
		count_up(&counters->maps_refused);
		/* A probe checks later that nothing of the range is mapped. */
		if (m->size && m->size < SZ_16M)
			s->gone = *m;
		return err;
	}
	count_up(&counters->maps);
	model_add(w, s, m);
	return 0;
}

static void map_bounce(struct worker *w, unsigned int space)
{
	struct mapping m = { .iova = BOUNCE_IOVA, .size = PAGE, .va = w->bounce, .read = true,
			     .write = true };

	if (map_judged(w, space, &m))
		fail(w, "no memory to map the bounce page");
}

static void map_random(struct worker *w)
{
	unsigned int space, permissions = random_below(&w->random, 40);
	struct space *s = pick_space(w, &space);
	struct mapping m = {};
	uint64_t most;

	if (s->count > MAX_MAPPINGS - 8)
		return;
	m.va = memory_pick(w, &most);
	m.size = pick_size(w, most);
	if (random_percent(&w->random, 85) && m.size > most)
		m.size = most;
	if (random_percent(&w->random, 1))
		m.va += random_below(&w->random, PAGE);
	m.iova = pick_iova(w, s, &m);
	m.read = permissions && permissions != 1;
	m.write = permissions && permissions < 20 && memory_can_write(w, m.va);
	m.write |= random_percent(&w->random, 1);
	if (calls_may_map(w, space, m.iova, m.size))
		map_judged(w, space, &m);
}

/**
 * calls_pick_span() - a range of whole mappings and the holes between them
 * @w: the worker
 * @s: the space, with at least one mapping
 * @iova: first address
 * @size: in bytes
 */
void calls_pick_span(struct worker *w, struct space *s, uint64_t *iova, uint64_t *size)
{
	unsigned int first = random_below(&w->random, s->count);
	unsigned int last = first + random_below(&w->random, 4);

	if (last >= s->count)
		last = s->count - 1;
	*iova = s->mappings[first].iova;
	*size = s->mappings[last].iova + s->mappings[last].size - *iova;
}

/* A whole mapping, a part of a mapping, several mappings, a window, or an invalid range */
static void pick_unmap(struct worker *w, struct space *s, uint64_t *iova, uint64_t *size)
{
	const struct mapping *m = pick_mapping(w, s);
	struct random *r = &w->random;
	unsigned int kind = random_below(r, 100);

	if (!m || kind < 5) {
		*iova = pick_window(w);
		*size = pick_size(w, SZ_16M);
	} else if (kind < 60) {
		*iova = m->iova;
		*size = m->size;
	} else if (kind < 75) {
		*iova = m->iova + random_below(r, m->size / PAGE) * PAGE;
		*size = (1 + random_below(r, m->size / PAGE)) * PAGE;
	} else if (kind < 90) {
		calls_pick_span(w, s, iova, size);
	} else if (kind < 95) {
		*iova = pick_window(w) & ~(SZ_16M - 1);
		*size = SZ_16M;
	} else {
		*iova = random_u64(r) >> random_below(r, 64);
		*size = random_u64(r) >> random_below(r, 64);
		if (random_percent(r, 50)) {
			*iova &= ~(PAGE - 1);
			*size &= ~(PAGE - 1);
		}
	}
}

static void bounce_again(struct worker *w, unsigned int space)
{
	if (!w->is_child && !model_find(&w->spaces[space], BOUNCE_IOVA, BOUNCE_IOVA))
		map_bounce(w, space);
}

/**
 * calls_unmap() - unmap a range, and check the result
 * @w: the worker
 * @space: number of the space
 * @iova: first address
 * @size: in bytes
 */
void calls_unmap(struct worker *w, unsigned int space, uint64_t iova, uint64_t size)
{
	struct space *s = &w->spaces[space];
	uint64_t expected, unmapped = 0;
	int err = w->backend->unmap(w, space, iova, size, &unmapped);
	bool success = model_unmap(w, s, w->backend->rule, iova, size, &expected);

	if (!err != success || (!err && unmapped != expected))
		fail(w, "unmap: space %u, %#llx, %#llx bytes: error %d, %#llx, expected %s, %#llx",
		     space, (unsigned long long)iova, (unsigned long long)size, err,
		     (unsigned long long)unmapped, success ? "success" : "an error",
		     (unsigned long long)expected);
	if (err)
		count_up(&counters->unmaps_refused);
	else
		count_up(&counters->unmaps);
	bounce_again(w, space);
}

static void unmap_random(struct worker *w)
{
	uint64_t iova, size;
	unsigned int space;
	struct space *s = pick_space(w, &space);

	pick_unmap(w, s, &iova, &size);
	if ((!w->child && !w->is_child) || is_ours(w, iova, iova + size - 1))
		calls_unmap(w, space, iova, size);
}

static void unmap_all(struct worker *w)
{
	uint64_t expected, unmapped = 0;
	unsigned int space;
	struct space *s = pick_space(w, &space);
	int err;

	if (w->is_child || w->child)
		return;
	err = w->backend->unmap_all(w, space, &unmapped);
	model_unmap(w, s, ALL_OR_NOTHING, 0, -PAGE, &expected);
	if (err || unmapped != expected)
		fail(w, "unmap of all: error %d, %#llx bytes, expected %#llx", err,
		     (unsigned long long)unmapped, (unsigned long long)expected);
	count_up(&counters->unmaps);
	bounce_again(w, space);
}

/*
 * Children
 */

static void run_child(struct worker *w, unsigned int calls)
{
	unsigned int space;

	w->is_child = true;
	w->probes = false;
	for (space = 0; space < w->backend->spaces; space++)
		w->spaces[space].count = 0;
	calls_random(w, calls);
	_exit(0);
}

static void fork_child(struct worker *w)
{
	unsigned int calls = 20 + random_below(&w->random, 300);
	struct random of_child = { random_u64(&w->random) };

	if (w->is_child || w->child)
		return;
	w->child = fork();
	if (w->child < 0)
		fail(w, "fork: error %d", errno);
	if (!w->child) {
		w->random = of_child;
		run_child(w, calls);
	}
	count_up(&counters->children);
}

/*
 * A child's mappings stay after the child has ended. The parent does not know these mappings: it
 * unmaps the child's window. After that nothing of the window may be mapped.
 */
static void end_child(struct worker *w)
{
	struct mapping window = { .iova = CHILD_IOVA, .size = CHILD_SIZE };
	unsigned int space;
	int status;

	if (!w->child)
		return;
	if (random_percent(&w->random, 70))
		kill(w->child, SIGKILL);
	if (waitpid(w->child, &status, 0) != w->child)
		fail(w, "waitpid does not find the child");
	if (WIFEXITED(status) && WEXITSTATUS(status))
		fail(w, "the child failed");
	if (WIFSIGNALED(status))
		count_up(&counters->children_killed);
	w->child = 0;
	for (space = 0; space < w->backend->spaces; space++) {
		uint64_t unmapped;
		int err = w->backend->unmap(w, space, CHILD_IOVA, CHILD_SIZE, &unmapped);

		if (err && err != ENOENT)
			fail(w, "unmap of a child's mappings: error %d", err);
		w->spaces[space].gone = window;
	}
}

/*
 * Choice of a call
 */

static void call_random(struct worker *w)
{
	unsigned int kind = random_below(&w->random, 1000);
	unsigned int space;

	w->op++;
	if (kind < 480)
		map_random(w);
	else if (kind < 780)
		unmap_random(w);
	else if (kind < 783)
		unmap_all(w);
	else if (kind < 790)
		fork_child(w);
	else if (kind < 800)
		end_child(w);
	else if (kind < 870)
		w->backend->hostile(w);
	else if (kind < 950 && !w->is_child)
		pick_space(w, &space), w->backend->special(w, space);
	else if (w->probes)
		probe_random(w);
}

void calls_random(struct worker *w, unsigned int count)
{
	while (count--)
		call_random(w);
	end_child(w);
}

void calls_begin(struct worker *w)
{
	unsigned int space;

	for (space = 0; space < w->backend->spaces; space++)
		map_bounce(w, space);
}
