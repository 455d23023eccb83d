// SPDX-License-Identifier: GPL-2.0-only
/* A judge for the conformance suites that uses the walker of oracle.h */
#include "claims.h"

/* In 6.12 the configuration has no levels: there are always two. In 7.3 the TTBRs count as one. */
static void registers(struct conf_fixture *f)
{
	struct dart_regs *regs = f->regs;

	regs->descriptors = f->shape->fmt == APPLE_DART ? DART_T8020 : DART_T6000;
	regs->granule = __ffs(f->cfg.pgsize_bitmap);
	regs->levels = ON_6_12(2) ON_7_3(f->cfg.apple_dart_cfg.n_levels - 1);
	regs->n_ttbrs = f->cfg.apple_dart_cfg.n_ttbrs;
	regs->ias = f->cfg.ias;
	memcpy(regs->ttbr, f->cfg.apple_dart_cfg.ttbr, sizeof(regs->ttbr));
}

static const char *complaint(struct conf_fixture *f)
{
	return dart_regs_complaint(f->regs);
}

static bool read_memory(void *context, u64 pa, u64 *value)
{
	return conf_read(context, pa, value);
}

static struct dart_result walk_tables(struct conf_fixture *f, u64 iova)
{
	struct dart_memory memory = { .read = read_memory, .context = f };

	return dart_walk(f->regs, &memory, iova);
}

static struct conf_result walk(struct conf_fixture *f, u64 iova)
{
	struct dart_result r = walk_tables(f, iova);
	struct conf_result result = {
		.fault = CONF_WRONG, .level = r.level, .desc = r.desc,
		.desc_pa = r.desc_pa, .size = r.size, .pa = r.pa,
	};

	switch (r.fault) {
	case DART_FAULT_NONE:
		result.fault = CONF_FOUND;
		break;
	case DART_FAULT_NO_TTBR:
	case DART_FAULT_NO_TABLE:
	case DART_FAULT_NO_PAGE:
		result.fault = CONF_NOTHING;
		break;
	default:
		break;
	}
	return result;
}

/*
 * 6.12 sets this bit for all DARTs, with the meaning that it has on the t8020, "subpage protection
 * disabled".
 */
static bool is_uncached(int prot)
{
	return ON_6_12(true) ON_7_3(!(prot & IOMMU_CACHE));
}

/* Return: the expected bits of a page's descriptor besides the address, written down bit by bit */
static u64 page_bits(const struct conf_shape *shape, int prot)
{
	u64 bits = 0x000fff0000000001;

	if (shape->fmt == APPLE_DART)
		return bits | 0x2 | (prot & IOMMU_READ ? 0 : 0x100) |
		       (prot & IOMMU_WRITE ? 0 : 0x80);
	return bits | (is_uncached(prot) ? 0x2 : 0) | (prot & IOMMU_READ ? 0 : 0x8) |
	       (prot & IOMMU_WRITE ? 0 : 0x4);
}

static bool holds(struct conf_fixture *f, u64 iova, const struct conf_mapping *m)
{
	struct dart_result r = walk_tables(f, iova);
	u64 page = m->pa & ~(r.size - 1);

	return r.fault == DART_FAULT_NONE && r.pa == m->pa &&
	       (!m->size || r.size == m->size) &&
	       r.desc == (page_bits(f->shape, m->prot) |
			  (f->shape->fmt == APPLE_DART ? page : page >> 4)) &&
	       r.read == !!(m->prot & IOMMU_READ) && r.write == !!(m->prot & IOMMU_WRITE) &&
	       r.uncached == (f->shape->fmt == APPLE_DART2 && is_uncached(m->prot));
}

static void words(struct conf_fixture *f, u64 iova, char *words, size_t size)
{
	struct dart_result r = walk_tables(f, iova);
	const char *memory = r.uncached ? "non-cacheable" : "cacheable";

	if (f->shape->fmt == APPLE_DART)
		memory = "-";
	snprintf(words, size, "%c%c--  %-13s  -", r.read ? 'r' : '-', r.write ? 'w' : '-', memory);
}

static u64 root(struct conf_fixture *f)
{
	const struct dart_regs *regs = f->regs;

	return regs->ttbr[0];
}

static u64 next_root(struct conf_fixture *f, unsigned int n)
{
	const struct dart_regs *regs = f->regs;

	return n < regs->n_ttbrs ? regs->ttbr[n] : 0;
}

static unsigned int start_level(struct conf_fixture *f)
{
	return dart_start_level(f->regs);
}

static unsigned int shift(struct conf_fixture *f, unsigned int level)
{
	return dart_shift(f->regs, level);
}

static enum conf_kind kind(struct conf_fixture *f, unsigned int level, u64 desc, u64 *table)
{
	if (!dart_is_valid(desc))
		return CONF_INVALID;
	if (level == DART_PAGE_LEVEL)
		return CONF_LEAF;
	*table = dart_address(f->regs, desc);
	return CONF_TABLE;
}

const struct conf_judge dart_judge = {
	.desc_size = 8,
	.last_level = DART_PAGE_LEVEL,
	.regs_size = sizeof(struct dart_regs),
	.registers = registers,
	.complaint = complaint,
	.walk = walk,
	.holds = holds,
	.words = words,
	.root = root,
	.next_root = next_root,
	.start_level = start_level,
	.shift = shift,
	.kind = kind,
};
