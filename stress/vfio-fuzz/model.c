// SPDX-License-Identifier: GPL-2.0-only
/* The mappings of a program, and the expected result of its next call */
#include <string.h>

#include "fuzz.h"

static uint64_t last_of(const struct mapping *m)
{
	return m->iova + m->size - 1;
}

/* Return: the first mapping with an address in the range, or NULL */
const struct mapping *model_find(const struct space *s, uint64_t first, uint64_t last)
{
	unsigned int i;

	for (i = 0; i < s->count; i++)
		if (s->mappings[i].iova <= last && last_of(&s->mappings[i]) >= first)
			return &s->mappings[i];
	return NULL;
}

bool model_in_range(const struct space *s, uint64_t first, uint64_t last)
{
	unsigned int i;

	for (i = 0; i < s->range_count; i++)
		if (s->ranges[i].first <= first && last <= s->ranges[i].last)
			return true;
	return false;
}

bool model_can_map(const struct worker *w, const struct space *s, const struct mapping *m)
{
	if (!m->size || (m->iova | m->size | (uintptr_t)m->va) % PAGE)
		return false;
	if (last_of(m) < m->iova || !(m->read || m->write))
		return false;
	return model_in_range(s, m->iova, last_of(m)) && !model_find(s, m->iova, last_of(m)) &&
		memory_is_valid(w, m->va, m->size, m->write);
}

void model_add(struct worker *w, struct space *s, const struct mapping *m)
{
	unsigned int i = s->count;

	if (s->count == MAX_MAPPINGS)
		fail(w, "the model is full");
	for (; i && s->mappings[i - 1].iova > m->iova; i--)
		s->mappings[i] = s->mappings[i - 1];
	s->mappings[i] = *m;
	s->count++;
}

static void remove_at(struct space *s, unsigned int i)
{
	s->gone = s->mappings[i];
	s->count--;
	memmove(&s->mappings[i], &s->mappings[i + 1], (s->count - i) * sizeof(s->mappings[0]));
}

/* Return: whether the range has only a part of a mapping at its first or last address */
static bool cuts(const struct space *s, uint64_t first, uint64_t last)
{
	const struct mapping *at_first = model_find(s, first, first);
	const struct mapping *at_last = model_find(s, last, last);

	return (at_first && at_first->iova != first) || (at_last && last_of(at_last) != last);
}

/**
 * model_unmap() - predict an unmap
 * @w: the worker
 * @s: the space
 * @rule: of the interface
 * @iova: first address
 * @size: in bytes
 * @unmapped: number of bytes that are unmapped
 *
 * Return: whether the call succeeds. A call that fails may unmap some mappings.
 */
bool model_unmap(struct worker *w, struct space *s, enum unmap_rule rule, uint64_t iova,
		 uint64_t size, uint64_t *unmapped)
{
	uint64_t last = iova + size - 1;
	unsigned int i = 0;

	*unmapped = 0;
	if (!size || last < iova)
		return false;
	if (rule != IN_ORDER && (iova | size) % PAGE)
		return false;
	if (rule == ALL_OR_NOTHING && cuts(s, iova, last))
		return false;
	while (i < s->count && last_of(&s->mappings[i]) < iova)
		i++;
	while (i < s->count && s->mappings[i].iova <= last) {
		if (s->mappings[i].iova < iova)
			return rule == FIRST_DECIDES;
		if (rule == IN_ORDER && last_of(&s->mappings[i]) > last)
			return false;
		*unmapped += s->mappings[i].size;
		remove_at(s, i);
	}
	return rule != IN_ORDER || *unmapped;
}

/* Return: whether every address of the range is mapped */
bool model_is_covered(const struct space *s, uint64_t iova, uint64_t size)
{
	uint64_t end = iova + size;

	while (iova < end) {
		const struct mapping *m = model_find(s, iova, iova);

		if (!m)
			return false;
		iova = m->iova + m->size;
	}
	return true;
}
