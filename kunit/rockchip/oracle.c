// SPDX-License-Identifier: GPL-2.0-only
/* A walker of Rockchip IOMMU tables: see oracle.h. */
#include <linux/kernel.h>

#include "oracle.h"

static u32 bits(u32 value, unsigned int high, unsigned int low)
{
	return value << (31 - high) >> (31 - high + low);
}

/*
 * Entries. Bit 0 is the valid bit. Bits 31:12 are bits 31:12 of an address. In the entry of a page,
 * bit 1 allows devices to read, and bit 2 to write.
 *
 * In the first generation, bits 8:3 of a page's entry are cache attributes. With the value 0, the
 * bus determines the attributes. In the second generation, address bits 35:32 are in bits 11:8, and
 * address bits 39:36 in bits 7:4. Bit 3 of a page's entry is for security.
 */

bool rk_is_valid(u32 entry)
{
	return entry & 1;
}

u64 rk_address(const struct rk_regs *regs, u32 entry)
{
	u64 address = (u64)bits(entry, 31, 12) << 12;

	if (regs->v2)
		address |= (u64)bits(entry, 11, 8) << 32 | (u64)bits(entry, 7, 4) << 36;
	return address;
}

/* Return: the bits of an entry that are neither address bits nor the valid bit */
static u32 flags(const struct rk_regs *regs, u32 entry)
{
	return bits(entry, regs->v2 ? 3 : 11, 1) << 1;
}

/*
 * Return: what is wrong with the register, NULL if nothing is. The register has the layout of an
 * entry.
 */
const char *rk_regs_complaint(const struct rk_regs *regs)
{
	if (!rk_is_valid(regs->dte_addr) || flags(regs, regs->dte_addr))
		return "MMU_DTE_ADDR is not as the driver writes it";
	return rk_address(regs, regs->dte_addr) ? NULL : "no directory";
}

static enum rk_fault walk(const struct rk_regs *regs, const struct rk_memory *memory, u64 iova,
			  struct rk_result *r)
{
	static const unsigned int shifts[] = { 22, 12 };
	u64 table = rk_address(regs, regs->dte_addr);

	if (iova >> 32)
		return RK_FAULT_RANGE;
	for (r->level = 1; r->level <= ARRAY_SIZE(shifts); r->level++) {
		unsigned int shift = shifts[r->level - 1];

		r->size = 1ULL << shift;
		r->entry_pa = table + 4 * (iova >> shift & 1023);
		if (!memory->read(memory->context, r->entry_pa, &r->entry))
			return RK_FAULT_EXTERNAL;
		if (!rk_is_valid(r->entry))
			return r->level == 1 ? RK_FAULT_NO_TABLE : RK_FAULT_NO_PAGE;
		table = rk_address(regs, r->entry);
		if (r->level == 1 && flags(regs, r->entry))
			return RK_FAULT_RESERVED;
	}

	r->level--;
	r->pa = table | (iova & 0xfff);
	r->read = bits(r->entry, 1, 1);
	r->write = bits(r->entry, 2, 2);
	return flags(regs, r->entry) & ~6 ? RK_FAULT_RESERVED : RK_FAULT_NONE;
}

/* Translate @iova. rk_regs_complaint() must be NULL for @regs. */
struct rk_result rk_walk(const struct rk_regs *regs, const struct rk_memory *memory, u64 iova)
{
	struct rk_result r = { };

	r.fault = walk(regs, memory, iova, &r);
	return r;
}
