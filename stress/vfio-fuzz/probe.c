// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device accesses memory through the page table: it copies between its own buffer and memory,
 * which takes 0.1 s. The SMMU must record each access that faults once; the host compares the
 * number of faults with QEMU's. QEMU splits an access that cannot be translated into accesses of 4
 * bytes, so accesses that must fault have 4 bytes.
 */
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

/* QEMU, docs/specs/edu.rst */
#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_CMD	0x98
#define EDU_DMA_START	1
#define EDU_DMA_TO_RAM	2
#define EDU_BUFFER	0x40000
#define EDU_DMA_USEC	100000

#define TRANSFER	16

static void write_register(struct worker *w, unsigned int offset, uint64_t value)
{
	*(volatile uint64_t *)(w->regs + offset) = value;
}

static bool is_busy(struct worker *w)
{
	return *(volatile uint64_t *)(w->regs + EDU_DMA_CMD) & EDU_DMA_START;
}

static void dma(struct worker *w, uint64_t iova, uint64_t size, bool to_ram)
{
	unsigned int tries = 0;

	write_register(w, EDU_DMA_SRC, to_ram ? EDU_BUFFER : iova);
	write_register(w, EDU_DMA_DST, to_ram ? iova : EDU_BUFFER);
	write_register(w, EDU_DMA_COUNT, size);
	write_register(w, EDU_DMA_CMD, EDU_DMA_START | (to_ram ? EDU_DMA_TO_RAM : 0));
	usleep(EDU_DMA_USEC);
	while (is_busy(w)) {
		if (++tries == 5000)
			fail(w, "the device has not finished after 10 s");
		usleep(2000);
	}
}

static void device_reads(struct worker *w, uint64_t iova, uint64_t size)
{
	dma(w, iova, size, false);
}

static void device_writes(struct worker *w, uint64_t iova, uint64_t size)
{
	dma(w, iova, size, true);
}

/* Fills the device's buffer. */
static void load_buffer(struct worker *w, const void *token, uint64_t size)
{
	memcpy(w->bounce, token, size);
	device_reads(w, BOUNCE_IOVA, size);
	memset(w->bounce, 0, size);
}

static void random_token(struct worker *w, uint64_t *token)
{
	token[0] = random_u64(&w->random);
	token[1] = random_u64(&w->random);
}

/* Return: an offset in the mapping, often in its first or last page */
static uint64_t pick_offset(struct worker *w, uint64_t size)
{
	unsigned int kind = random_below(&w->random, 4);

	if (kind == 0)
		return random_below(&w->random, PAGE / TRANSFER) * TRANSFER;
	if (kind == 1)
		return size - PAGE + random_below(&w->random, PAGE / TRANSFER) * TRANSFER;
	return random_below(&w->random, size / TRANSFER) * TRANSFER;
}

static void probe_read(struct worker *w, const struct mapping *m)
{
	uint64_t offset = pick_offset(w, m->size), token[2];

	random_token(w, token);
	if (memory_can_write(w, m->va))
		memcpy(m->va + offset, token, TRANSFER);
	device_reads(w, m->iova + offset, TRANSFER);
	device_writes(w, BOUNCE_IOVA, TRANSFER);
	if (m->va != w->bounce && memcmp(m->va + offset, w->bounce, TRANSFER))
		fail(w, "the device reads wrong memory: iova %#llx",
		     (unsigned long long)(m->iova + offset));
	count_up(&counters->reads);
}

static void probe_write(struct worker *w, const struct mapping *m)
{
	uint64_t offset = pick_offset(w, m->size), token[2];

	random_token(w, token);
	load_buffer(w, token, TRANSFER);
	device_writes(w, m->iova + offset, TRANSFER);
	if (memcmp(m->va + offset, token, TRANSFER))
		fail(w, "the device writes wrong memory: iova %#llx",
		     (unsigned long long)(m->iova + offset));
	count_up(&counters->writes);
}

static void probe_read_only(struct worker *w, const struct mapping *m)
{
	uint64_t offset = pick_offset(w, m->size), token[2];

	random_token(w, token);
	load_buffer(w, token, TRANSFER);
	device_writes(w, m->iova + offset, 4);
	if (!memcmp(m->va + offset, token, 4))
		fail(w, "the device writes memory that is read-only: iova %#llx",
		     (unsigned long long)(m->iova + offset));
	count_up(&counters->permission_faults);
	count_up(&counters->read_only);
}

/* The device must neither write nor read any memory, including @was, which was mapped at @iova. */
static void probe_no_access(struct worker *w, uint64_t iova, uint8_t *was)
{
	uint64_t token[2];
	uint32_t word;

	random_token(w, token);
	load_buffer(w, token, TRANSFER);
	device_writes(w, iova, 4);
	if (memory_has(w, iova % PAGE, token[0]))
		fail(w, "the device writes memory that is not mapped: iova %#llx",
		     (unsigned long long)iova);
	if (was)
		memcpy(was, &token[1], 4);
	device_reads(w, iova, 4);
	if (w->attached < 0)
		return;
	device_writes(w, BOUNCE_IOVA, 4);
	memcpy(&word, w->bounce, sizeof(word));
	if (was && word == (uint32_t)token[1])
		fail(w, "the device reads memory that is not mapped: iova %#llx",
		     (unsigned long long)iova);
}

/* Return: an address in the last unmapped range, beside a mapping, or anywhere */
static uint64_t pick_hole(struct worker *w, const struct space *s, uint8_t **was)
{
	const struct mapping *m = &s->mappings[random_below(&w->random, s->count)];
	unsigned int kind = random_below(&w->random, 10);
	uint64_t offset;

	*was = NULL;
	if (kind < 6 && s->gone.size) {
		offset = pick_offset(w, s->gone.size & ~(PAGE - 1) ?: PAGE);
		if (memory_is_valid(w, s->gone.va + offset, TRANSFER, true))
			*was = s->gone.va + offset;
		return s->gone.iova + offset;
	}
	if (kind < 8)
		return m->iova + m->size;
	if (kind < 9)
		return m->iova - 4;
	return random_below(&w->random, 1ULL << 46) * 4;
}

static void probe_hole(struct worker *w, const struct space *s)
{
	uint8_t *was;
	uint64_t iova = pick_hole(w, s, &was) & ~3ULL;

	if (model_find(s, iova, iova) || !model_in_range(s, iova, iova))
		return;
	if (w->child && iova >= CHILD_IOVA && iova < CHILD_IOVA + CHILD_SIZE)
		return;
	probe_no_access(w, iova, was);
	count_up(&counters->translation_faults);
	count_up(&counters->translation_faults);
	count_up(&counters->holes);
}

/* Unmaps a page that the device has just read: the SMMU's TLB must not hold the page any more. */
static void probe_stale(struct worker *w, const struct mapping *m)
{
	uint64_t offset = pick_offset(w, m->size), iova = m->iova + offset;
	uint8_t *va = m->va + offset;

	if (m->iova == BOUNCE_IOVA || !m->read)
		return;
	device_reads(w, iova, TRANSFER);
	calls_unmap(w, w->attached, m->iova, m->size);
	probe_no_access(w, iova, memory_can_write(w, va) ? va : NULL);
	count_up(&counters->translation_faults);
	count_up(&counters->translation_faults);
	count_up(&counters->stale);
}

/* The device is in no space: the SMMU blocks all its accesses, and records nothing. */
static void probe_blocked(struct worker *w)
{
	const struct space *s = &w->spaces[0];
	const struct mapping *m = &s->mappings[random_below(&w->random, s->count)];
	uint64_t token[2];

	random_token(w, token);
	device_writes(w, m->iova, 4);
	memcpy(w->bounce, token, TRANSFER);
	device_reads(w, BOUNCE_IOVA, TRANSFER);
	device_writes(w, m->iova, 4);
	if (m->va != w->bounce && !memcmp(m->va, token, 4))
		fail(w, "the device writes although it is in no space: iova %#llx",
		     (unsigned long long)m->iova);
	count_up(&counters->blocked);
}

void probe_random(struct worker *w)
{
	const struct mapping *m;
	const struct space *s;

	if (w->attached < 0) {
		probe_blocked(w);
		return;
	}
	s = &w->spaces[w->attached];
	m = &s->mappings[random_below(&w->random, s->count)];
	if (random_percent(&w->random, 30))
		probe_hole(w, s);
	else if (random_percent(&w->random, 25))
		probe_stale(w, m);
	else if (!m->write && random_percent(&w->random, 50))
		probe_read_only(w, m);
	else if (m->write && (!m->read || random_percent(&w->random, 50)))
		probe_write(w, m);
	else
		probe_read(w, m);
}
