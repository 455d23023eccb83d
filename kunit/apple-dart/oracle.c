// SPDX-License-Identifier: GPL-2.0-only
/* A walker of Apple DART tables: see oracle.h. */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/log2.h>

#include "oracle.h"

/**
 * struct fields - positions of the fields in a kind of descriptor
 * @address: bits of the output address
 * @shift: by how many bits the output address is shifted right in the descriptor
 * @pa_bits: number of output address bits
 * @no_read: no read access
 * @no_write: no write access
 * @uncached: bypass the cache
 * @no_subpages: the whole page can be accessed, and the subpage fields are ignored
 */
struct fields {
	u64 address;
	unsigned int shift;
	unsigned int pa_bits;
	u64 no_read;
	u64 no_write;
	u64 uncached;
	u64 no_subpages;
};

static const struct fields fields[] = {
	[DART_T8020] = {
		.address = GENMASK_ULL(35, 12), .shift = 0, .pa_bits = 36,
		.no_read = BIT_ULL(8), .no_write = BIT_ULL(7), .no_subpages = BIT_ULL(1),
	},
	[DART_T6000] = {
		.address = GENMASK_ULL(37, 10), .shift = 4, .pa_bits = 42,
		.no_read = BIT_ULL(3), .no_write = BIT_ULL(2), .uncached = BIT_ULL(1),
	},
};

/* The first and the last of the page's 4096 subpages that can be accessed */
#define FIRST_SUBPAGE(desc)	((desc) >> 52)
#define LAST_SUBPAGE(desc)	((desc) >> 40 & 0xfff)
#define SUBPAGES		GENMASK_ULL(63, 40)

static unsigned int index_bits(const struct dart_regs *regs)
{
	return regs->granule - ilog2(sizeof(u64));
}

unsigned int dart_start_level(const struct dart_regs *regs)
{
	return DART_PAGE_LEVEL + 1 - regs->levels;
}

/* Return: number of input address bits below those that a level resolves. TTBRs are a level. */
unsigned int dart_shift(const struct dart_regs *regs, unsigned int level)
{
	return regs->granule + (DART_PAGE_LEVEL - level) * index_bits(regs);
}

bool dart_is_valid(u64 desc)
{
	return desc & 1;
}

u64 dart_address(const struct dart_regs *regs, u64 desc)
{
	const struct fields *has = &fields[regs->descriptors];

	return (desc & has->address) << has->shift;
}

/*
 * Registers
 */

static const char *ttbr_complaint(const struct dart_regs *regs, u64 ttbr)
{
	if (ttbr & (BIT_ULL(regs->granule) - 1))
		return "a root table is not aligned";
	if (ttbr >> fields[regs->descriptors].pa_bits)
		return "a root table is out of reach";
	return ttbr ? NULL : "no root table in a TTBR";
}

/* Return: what is wrong with the registers, NULL if nothing is */
const char *dart_regs_complaint(const struct dart_regs *regs)
{
	const char *complaint = NULL;
	unsigned int i, j;

	if (regs->granule != 12 && regs->granule != 14)
		return "neither 4K nor 16K pages";
	if (regs->descriptors == DART_T6000 && regs->granule != 14)
		return "addresses of 4K pages do not fit into descriptors";
	if (regs->levels != 2 && regs->levels != 3)
		return "neither two nor three levels";
	if (!regs->n_ttbrs || regs->n_ttbrs > DART_MAX_TTBRS)
		return "number of TTBRs out of range";
	if (dart_shift(regs, dart_start_level(regs) - 1) + ilog2(regs->n_ttbrs) < regs->ias)
		return "no TTBRs for the last input addresses";

	for (i = 0; !complaint && i < regs->n_ttbrs; i++) {
		complaint = ttbr_complaint(regs, regs->ttbr[i]);
		for (j = 0; !complaint && j < i; j++)
			if (regs->ttbr[j] == regs->ttbr[i])
				complaint = "two TTBRs with the same table";
	}
	return complaint;
}

/*
 * The walk
 */

/* Return: bits that are unused in all descriptors, and the low bits of an address */
static u64 reserved(const struct dart_regs *regs, u64 meaningful)
{
	const struct fields *has = &fields[regs->descriptors];
	u64 low = (BIT_ULL(regs->granule) - 1) >> has->shift;

	return ~(meaningful | 1 | (has->address & ~low));
}

static enum dart_fault decode_page(const struct dart_regs *regs, u64 iova,
				   struct dart_result *r)
{
	const struct fields *has = &fields[regs->descriptors];

	r->pa = dart_address(regs, r->desc) | (iova & (r->size - 1));
	r->read = !(r->desc & has->no_read);
	r->write = !(r->desc & has->no_write);
	r->uncached = r->desc & has->uncached;
	if (r->desc & reserved(regs, SUBPAGES | has->no_read | has->no_write |
				     has->uncached | has->no_subpages))
		return DART_FAULT_RESERVED;
	if (!(r->desc & has->no_subpages) &&
	    (FIRST_SUBPAGE(r->desc) || LAST_SUBPAGE(r->desc) != 0xfff))
		return DART_FAULT_SUBPAGE;
	return DART_FAULT_NONE;
}

static enum dart_fault walk(const struct dart_regs *regs, const struct dart_memory *memory,
			    u64 iova, struct dart_result *r)
{
	unsigned int shift = dart_shift(regs, dart_start_level(regs) - 1);
	u64 table, last_index = BIT_ULL(index_bits(regs)) - 1;

	if (iova >> shift >= regs->n_ttbrs)
		return DART_FAULT_NO_TTBR;
	table = regs->ttbr[iova >> shift];

	for (r->level = dart_start_level(regs); ; r->level++) {
		shift = dart_shift(regs, r->level);
		r->size = BIT_ULL(shift);
		r->desc_pa = table + sizeof(u64) * (iova >> shift & last_index);
		if (!memory->read(memory->context, r->desc_pa, &r->desc))
			return DART_FAULT_EXTERNAL;
		if (r->level == DART_PAGE_LEVEL)
			break;
		if (!dart_is_valid(r->desc))
			return DART_FAULT_NO_TABLE;
		if (r->desc & reserved(regs, 0))
			return DART_FAULT_RESERVED;
		table = dart_address(regs, r->desc);
	}
	return dart_is_valid(r->desc) ? decode_page(regs, iova, r) : DART_FAULT_NO_PAGE;
}

/* Translate @iova. dart_regs_complaint() must be NULL for @regs. */
struct dart_result dart_walk(const struct dart_regs *regs, const struct dart_memory *memory,
			     u64 iova)
{
	struct dart_result r = { };

	r.fault = walk(regs, memory, iova, &r);
	return r;
}
