// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE, stage 1, with the CPU's own MMU as the judge. A table under test replaces that of user
 * space: TTBR0_EL1, the lower half of TCR_EL1 and MAIR_EL1 get the values that the format has
 * returned. Address translation instructions, and real loads and stores, show how the MMU uses the
 * table. The cases compare that with what was mapped and with what the oracle says, so they test
 * the oracle, too.
 *
 * The suite is meant for emulators. The kernel's own memory uses MAIR_EL1, too. For a moment,
 * MAIR_EL1 has the values of an IOMMU. With these, the memory that is Normal for the kernel stays
 * Normal, cacheable or not. IPS also applies to the kernel's tables, so a case is skipped if the
 * kernel has memory beyond that size.
 */
#include <asm/esr.h>
#include <asm/sysreg.h>
#include <asm/tlbflush.h>
#include <linux/bitfield.h>
#include <linux/mm.h>

#include "../arm-lpae/claims.h"
#include "access.h"

/* The registers for the lower half of the address space, which accesses from user space use */
struct low_half {
	unsigned long flags;	/* interrupt state, only of the kernel's lower half */
	u64 ttbr;
	u64 tcr;
	u64 mair;
};

#define TCR_LOW	(TCR_T0SZ_MASK | TCR_EPD0_MASK | TCR_IRGN0_MASK |		\
		 TCR_ORGN0_MASK | TCR_SH0_MASK | TCR_TG0_MASK | TCR_IPS_MASK |	\
		 TCR_TBI0 | TCR_TBID0 | TCR_HA | TCR_HD | TCR_HPD0 | TCR_E0PD0)

/* A table for TTBR1 also works in TTBR0. Only the encoding of TG differs. */
static u64 tg0_of(const struct arm_regs *regs)
{
	static const u8 tg0_of_tg1[] = { 3, 2, 0, 1 };

	return regs->upper ? tg0_of_tg1[regs->tg] : regs->tg;
}

static u64 tcr_of(struct conf_fixture *f, u64 kernels)
{
	const struct arm_regs *regs = lpae_regs(f);

	return (kernels & ~TCR_LOW) |
	       (f->cfg.quirks & HD ? TCR_HA | TCR_HD : 0) |
	       FIELD_PREP(TCR_T0SZ_MASK, regs->tsz) |
	       FIELD_PREP(TCR_IRGN0_MASK, regs->irgn) |
	       FIELD_PREP(TCR_ORGN0_MASK, regs->orgn) |
	       FIELD_PREP(TCR_SH0_MASK, regs->sh) |
	       FIELD_PREP(TCR_TG0_MASK, tg0_of(regs)) |
	       FIELD_PREP(TCR_IPS_MASK, regs->ps);
}

/* Walks are disabled while the registers change, and the TLB has no entries of the old table. */
static void load(const struct low_half *half)
{
	write_sysreg(half->tcr | TCR_EPD0_MASK, tcr_el1);
	isb();
	local_flush_tlb_all();
	write_sysreg(half->ttbr, ttbr0_el1);
	write_sysreg(half->mair, mair_el1);
	isb();
	write_sysreg(half->tcr, tcr_el1);
	isb();
}

/* Interrupts are disabled from here to load_kernels(). */
static struct low_half load_table(struct conf_fixture *f)
{
	struct low_half kernel, table;

	local_irq_save(kernel.flags);
	kernel.ttbr = read_sysreg(ttbr0_el1);
	kernel.tcr = read_sysreg(tcr_el1);
	kernel.mair = read_sysreg(mair_el1);
	table = (struct low_half){
		.ttbr = f->cfg.arm_lpae_s1_cfg.ttbr,
		.tcr = tcr_of(f, kernel.tcr),
		.mair = f->cfg.arm_lpae_s1_cfg.mair,
	};
	load(&table);
	return kernel;
}

static void load_kernels(const struct low_half *kernel)
{
	load(kernel);
	local_flush_tlb_all();
	local_irq_restore(kernel->flags);
}

/* Return: the address in the lower half that uses the same descriptors as @iova */
static u64 low_address(struct conf_fixture *f, u64 iova)
{
	return iova - conf_base(f);
}

/*
 * Translations
 */

enum access { PRIV_READ, PRIV_WRITE, USER_READ, USER_WRITE, ACCESSES };

static const char * const access_names[] = {
	"privileged read", "privileged write", "user read", "user write",
};

static void translate(u64 va, enum access access)
{
	switch (access) {
	case PRIV_READ:
		asm volatile("at s1e1r, %0" : : "r" (va));
		break;
	case PRIV_WRITE:
		asm volatile("at s1e1w, %0" : : "r" (va));
		break;
	case USER_READ:
		asm volatile("at s1e0r, %0" : : "r" (va));
		break;
	default:
		asm volatile("at s1e0w, %0" : : "r" (va));
		break;
	}
	isb();
}

/* Read PAR_EL1 for each kind of access. */
static void ask_mmu(struct conf_fixture *f, u64 iova, u64 par[ACCESSES])
{
	struct low_half kernel;
	enum access access;

	kernel = load_table(f);
	for (access = 0; access < ACCESSES; access++) {
		translate(low_address(f, iova), access);
		par[access] = read_sysreg_par();
	}
	load_kernels(&kernel);
}

/* Return: the bits of PAR_EL1 that depend on the table */
static u64 told_by(u64 par)
{
	if (par & SYS_PAR_EL1_F)
		return par & (SYS_PAR_EL1_F | SYS_PAR_EL1_FST);
	return par & (SYS_PAR_EL1_PA | SYS_PAR_EL1_ATTR | SYS_PAR_EL1_SH);
}

/* Fault status codes, with the level in bits 1:0 */
#define FST_ADDRESS_SIZE	0x00
#define FST_TRANSLATION		0x04
#define FST_ACCESS_FLAG		0x08
#define FST_PERMISSION		0x0c

static u64 fault_par(unsigned int status, unsigned int level)
{
	return SYS_PAR_EL1_F | FIELD_PREP(SYS_PAR_EL1_FST, status | level);
}

/* For Device and for Non-cacheable memory, PAR_EL1.SH is always outer. */
static u64 par_of_leaf(const struct arm_result *r)
{
	bool cached = r->memory & 0xf0 && r->memory != 0x44;

	return (r->pa & SYS_PAR_EL1_PA) | FIELD_PREP(SYS_PAR_EL1_ATTR, r->memory) |
	       FIELD_PREP(SYS_PAR_EL1_SH, cached ? r->sh : 2);
}

/* Return: the PAR_EL1 for a result; the MMU has no fault for reserved bits */
static u64 par_of(const struct arm_result *r, enum access access)
{
	static const unsigned int needed[] = {
		ARM_PRIV_READ, ARM_PRIV_WRITE, ARM_USER_READ, ARM_USER_WRITE,
	};

	switch (r->fault) {
	case ARM_FAULT_NONE:
		if (r->perms & needed[access])
			return par_of_leaf(r);
		return fault_par(FST_PERMISSION, r->level);
	case ARM_FAULT_TRANSLATION:
		return fault_par(FST_TRANSLATION, r->level);
	case ARM_FAULT_ADDRESS_SIZE:
		return fault_par(FST_ADDRESS_SIZE, r->level);
	case ARM_FAULT_ACCESS_FLAG:
		return fault_par(FST_ACCESS_FLAG, r->level);
	default:
		return ~0ULL;
	}
}

/*
 * Return: the result of what was mapped: nothing, or @m. The level of a translation fault depends
 * on which tables exist, so the caller passes that level.
 */
static struct arm_result result_of(struct conf_fixture *f,
				   const struct conf_mapping *m,
				   unsigned int fault_level)
{
	unsigned int granule = arm_granule_bits(lpae_regs(f));
	struct arm_result r = {
		.fault = ARM_FAULT_TRANSLATION,
		.level = fault_level,
	};

	if (!m)
		return r;
	r.fault = ARM_FAULT_NONE;
	r.level = 3 - (__ffs64(m->size) - granule) / (granule - 3);
	r.pa = m->pa;
	r.memory = m->prot & IOMMU_MMIO ? 0x04 : m->prot & IOMMU_CACHE ? 0xff : 0x44;
	r.sh = m->prot & IOMMU_CACHE ? 3 : 2;
	r.perms = ARM_PRIV_READ | ARM_USER_READ;
	if (m->prot & IOMMU_WRITE)
		r.perms |= ARM_PRIV_WRITE | ARM_USER_WRITE;
	if (m->prot & IOMMU_PRIV)
		r.perms &= ~(ARM_USER_READ | ARM_USER_WRITE);
	return r;
}

/* Check that the MMU, the oracle and what was mapped at @iova agree. */
static void agree(struct conf_fixture *f, u64 iova, const struct conf_mapping *m)
{
	struct arm_result oracle = lpae_walk(f, iova);
	struct arm_result mapped = result_of(f, m, oracle.level);
	u64 par[ACCESSES], told;
	enum access access;

	ask_mmu(f, iova, par);
	for (access = 0; access < ACCESSES; access++) {
		told = told_by(par[access]);
		if (told == par_of(&mapped, access) && told == par_of(&oracle, access))
			continue;
		KUNIT_FAIL_AND_ABORT(f->test,
				     "%s of %#llx: MMU %#llx, oracle %#llx, should be %#llx",
				     access_names[access], iova, told,
				     par_of(&oracle, access),
				     par_of(&mapped, access));
	}
}

/* Check the first byte, the last byte and one in between. */
static void agree_on_page(struct conf_fixture *f, u64 iova, u64 pa, u64 size, int prot)
{
	const u64 offsets[] = { 0, size / 3, size - 1 };
	struct conf_mapping m = { .size = size, .prot = prot };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		m.pa = pa + offsets[i];
		agree(f, iova + offsets[i], &m);
	}
}

static void agree_on_pages(struct conf_fixture *f, u64 iova, u64 pa, u64 size,
			   unsigned int count, int prot)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		agree_on_page(f, iova + i * size, pa + i * size, size, prot);
}

static void agree_on_hole(struct conf_fixture *f, u64 iova, u64 size)
{
	agree(f, iova, NULL);
	agree(f, iova + size / 3, NULL);
	agree(f, iova + size - 1, NULL);
}

/*
 * Tables
 */

static unsigned int id_field(u64 reg, unsigned int shift)
{
	return reg >> shift & 0xf;
}

/* Return: why a table cannot be tested on this CPU and with this kernel, NULL if it can be */
static const char *obstacle(const struct conf_shape *shape)
{
	u64 mmfr0 = read_cpuid(ID_AA64MMFR0_EL1);
	u64 mmfr2 = read_cpuid(ID_AA64MMFR2_EL1);

	if (shape->pgsizes & SZ_16K && !id_field(mmfr0, 20))
		return "no granule of 16K";
	if (shape->pgsizes & SZ_64K && id_field(mmfr0, 24) == 0xf)
		return "no granule of 64K";
	/* TCR_EL1.DS applies to both halves, and moves SH out of descriptors (DDI0487 D8.3.1). */
	if (read_sysreg(tcr_el1) & TCR_DS && __ffs64(shape->pgsizes) < 16)
		return "a kernel with LPA2";
	if (shape->oas == 52 && id_field(mmfr0, 0) < 6)
		return "no output addresses of 52 bits";
	if (shape->ias == 52 && id_field(mmfr2, 16) < 1)
		return "no input addresses of 52 bits";
	if (shape->ias < 25 && id_field(mmfr2, 28) < 1)
		return "no small input addresses";
	if (shape->quirks & HD && id_field(read_cpuid(ID_AA64MMFR1_EL1), 0) < 2)
		return "no dirty state by hardware";
	if (virt_to_phys(high_memory - 1) >> shape->oas)
		return "memory that the kernel could not reach";
	return NULL;
}

static struct conf_fixture *fixture(struct kunit *test)
{
	const struct conf_shape *shape = test->param_value;
	const char *why = obstacle(shape);
	struct conf_fixture *f;

	if (why)
		kunit_skip(test, "this machine has %s", why);
	f = conf_fixture(test, shape);
	/* The MMU may change the dirty state. */
	f->dirty_ok = true;
	return f;
}

/* All input sizes of each granule, for TTBR0 and TTBR1, with each output size in turn */
static const struct {
	u64 pgsizes;
	unsigned int first;
	unsigned int last;
	unsigned int oas[7];
	unsigned int n_oas;
} granules[] = {
	{ PGSIZES_4K, 16, 48, { 32, 36, 40, 42, 44, 48 }, 6 },
	{ PGSIZES_16K, 16, 48, { 32, 36, 40, 42, 44, 48 }, 6 },
	{ PGSIZES_64K | SZ_4T, 17, 52, { 32, 36, 40, 42, 44, 48, 52 }, 7 },
};

static struct conf_shape sizes[2 * (33 + 33 + 36) + 1];

static void fill_sizes(void)
{
	struct conf_shape *shape = sizes;
	unsigned int i, ias, upper;

	for (i = 0; i < ARRAY_SIZE(granules); i++)
		for (ias = granules[i].first; ias <= granules[i].last; ias++)
			for (upper = 0; upper < 2; upper++)
				*shape++ = (struct conf_shape) {
					.name = "size",
					.fmt = ARM_64_LPAE_S1,
					.pgsizes = granules[i].pgsizes,
					.ias = ias,
					.oas = granules[i].oas[ias % granules[i].n_oas],
					.quirks = upper ? TTBR1 : 0,
				};
}

static GEN_PARAMS(all_sizes)
{
	const struct conf_shape *shape = prev;

	if (!shape)
		fill_sizes();
	shape = shape ? shape + 1 : sizes;
	if (!shape->name)
		return NULL;
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%lluk_%u_%u_ttbr%u",
		 (u64)(shape->pgsizes & -shape->pgsizes) / SZ_1K, shape->ias, shape->oas,
		 shape->quirks & TTBR1 ? 1 : 0);
	return shape;
}

static bool is_s1(const struct conf_shape *shape)
{
	return shape->fmt == ARM_64_LPAE_S1 || shape->fmt == ARM_32_LPAE_S1;
}

static bool is_s1_with_blocks(const struct conf_shape *shape)
{
	return is_s1(shape) && conformance_has_blocks(shape);
}

static GEN_PARAMS(s1_shapes)
{
	return conformance_next(prev, desc, is_s1);
}

static GEN_PARAMS(s1_blocks)
{
	return conformance_next(prev, desc, is_s1_with_blocks);
}

/*
 * Cases
 */

static u64 last_output(struct conf_fixture *f, u64 size)
{
	return (1ULL << f->cfg.oas) - size;
}

/* Map pages and blocks at both ends of the address space. The rest must stay unmapped. */
static void ends_of_the_address_space(struct kunit *test)
{
	struct conf_fixture *f = fixture(test);
	u64 base = conf_base(f), size, last;
	unsigned int i;

	agree_on_hole(f, base, 1ULL << f->cfg.ias);
	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		last = conf_last(f) - size + 1;
		conf_map_ok(f, base, last_output(f, size), size, 1, PROT_RW);
		agree_on_page(f, base, last_output(f, size), size, PROT_RW);
		if (last != base) {
			agree_on_hole(f, last, size);
			conf_map_ok(f, last, 0, size, 1, IOMMU_READ | IOMMU_CACHE);
			agree_on_page(f, last, 0, size, IOMMU_READ | IOMMU_CACHE);
			conf_unmap_ok(f, last, size, 1);
		}
		conf_unmap_ok(f, base, size, 1);
		agree_on_hole(f, base, 1ULL << f->cfg.ias);
	}
}

/* An address with one bit above the input size set is a fault. */
static void beyond_the_address_space(struct kunit *test)
{
	struct conf_fixture *f = fixture(test);
	u64 size = conf_pgsize(f, 0), par[ACCESSES];
	unsigned int bit;

	conf_map_ok(f, conf_base(f), 0, size, 1, PROT_RW);
	for (bit = f->cfg.ias; bit < 55; bit++) {
		ask_mmu(f, conf_base(f) + (1ULL << bit), par);
		KUNIT_EXPECT_EQ(test, told_by(par[PRIV_READ]),
				fault_par(FST_TRANSLATION, 0));
		if (!lpae_regs(f)->upper)
			agree(f, 1ULL << bit, NULL);
	}
}

static void protections(struct kunit *test)
{
	struct conf_fixture *f = fixture(test);
	u64 base = conf_base(f), size;
	unsigned int i;
	int prot;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		for (prot = 0; prot <= 0x3f; prot++) {
			if (!(prot & PROT_RW))
				continue;
			conf_map_ok(f, base, size, size, 1, prot);
			agree_on_page(f, base, size, size, prot);
			conf_unmap_ok(f, base, size, 1);
			agree_on_hole(f, base, size);
		}
	}
}

/* Set each bit of the output address in turn, and then all of them. */
static void output_address_bits(struct kunit *test)
{
	struct conf_fixture *f = fixture(test);
	u64 base = conf_base(f), size;
	unsigned int i, bit;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		for (bit = __ffs64(size); bit < f->cfg.oas; bit++) {
			conf_map_ok(f, base, 1ULL << bit, size, 1, PROT_RW);
			agree_on_page(f, base, 1ULL << bit, size, PROT_RW);
			conf_unmap_ok(f, base, size, 1);
		}
		conf_map_ok(f, base, last_output(f, size), size, 1, PROT_RW);
		agree_on_page(f, base, last_output(f, size), size, PROT_RW);
		conf_unmap_ok(f, base, size, 1);
	}
}

/* Map six pages, three of them before the address @end and three after it. */
static void agree_across(struct conf_fixture *f, u64 size, u64 end)
{
	u64 iova = conf_base(f) + end - 3 * size;

	if (end + 3 * size - 1 > conf_last(f) - conf_base(f))
		return;
	conf_map_ok(f, iova, 0, size, 6, PROT_RW | IOMMU_CACHE);
	agree_on_hole(f, iova - size, size);
	agree_on_pages(f, iova, 0, size, 6, PROT_RW | IOMMU_CACHE);
	agree_on_hole(f, iova + 6 * size, size);
	conf_unmap_ok(f, iova, size, 5);
	agree_on_hole(f, iova, 5 * size);
	agree_on_page(f, iova + 5 * size, 5 * size, size, PROT_RW | IOMMU_CACHE);
	conf_unmap_ok(f, iova + 5 * size, size, 1);
}

static void ends_of_tables(struct kunit *test)
{
	struct conf_fixture *f = fixture(test);
	unsigned int i, shift, stride = arm_granule_bits(lpae_regs(f)) - 3;
	u64 size;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		for (shift = __ffs64(size) + stride; shift < f->cfg.ias; shift += stride)
			agree_across(f, size, 1ULL << shift);
	}
}

/*
 * Unmap a page in the middle of a block, and check the rest of the block. If the block cannot be
 * split, all of the block remains.
 */
static void part_of_a_block(struct kunit *test)
{
	struct conf_fixture *f = fixture(test);
	unsigned int m = 0;
	u64 page = conf_pgsize(f, 0), block = conf_next_kept(f, &m);
	u64 base = conf_base(f), hole = block / 2;

	if (block) {
		conf_map_ok(f, base, block, block, 1, PROT_RW);
		KUNIT_EXPECT_EQ(test, conf_unmap(f, base + hole, page, 1), 0);
		agree_on_page(f, base, block, block, PROT_RW);
		conf_unmap_ok(f, base, block, 1);
	}
	m = 0;
	block = conf_next_split(f, &m);
	if (!block)
		return;
	hole = block / 2;
	conf_map_ok(f, base, block, block, 1, PROT_RW);
	conf_unmap_ok(f, base + hole, page, 1);
	agree_on_page(f, base, block, page, PROT_RW);
	agree_on_page(f, base + hole - page, block + hole - page, page, PROT_RW);
	agree_on_hole(f, base + hole, page);
	agree_on_page(f, base + hole + page, block + hole + page, page, PROT_RW);
	agree_on_page(f, base + block - page, 2 * block - page, page, PROT_RW);
}

/*
 * Real accesses
 */

static int load_through(struct conf_fixture *f, u64 iova, unsigned long *value)
{
	struct low_half kernel;
	int err;

	kernel = load_table(f);
	err = hw_load(low_address(f, iova), value);
	load_kernels(&kernel);
	return err;
}

static int store_through(struct conf_fixture *f, u64 iova, u64 value)
{
	struct low_half kernel;
	int err;

	kernel = load_table(f);
	err = hw_store(low_address(f, iova), value);
	load_kernels(&kernel);
	return err;
}

/*
 * Return: memory to be mapped, of 64K, the largest size of the smallest pages. The test must run in
 * a kernel thread without an address space, so that the fixups of hw_load() and hw_store() handle
 * faults.
 */
static u64 *alloc_target(struct conf_fixture *f)
{
	u64 *target = kunit_kzalloc(f->test, SZ_64K, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(f->test, target);
	KUNIT_ASSERT_TRUE(f->test, IS_ALIGNED(virt_to_phys(target), SZ_64K));
	KUNIT_ASSERT_NULL(f->test, current->mm);
	return target;
}

/* Access the target by mappings of all sizes. The larger ones also map memory around the target. */
static void loads_and_stores(struct kunit *test)
{
	struct conf_fixture *f = fixture(test);
	u64 base = conf_base(f), size, iova;
	unsigned long value = 0;
	u64 *target = alloc_target(f), pa = virt_to_phys(target);
	u64 last = conf_pgsize(f, 0) / 8 - 1;
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		iova = base + (pa & (size - 1));
		target[0] = 0x0123456789abcdef;
		target[last] = 0xfedcba9876543210 + i;
		conf_map_ok(f, base, ALIGN_DOWN(pa, size), size, 1, PROT_RW | IOMMU_CACHE);
		KUNIT_EXPECT_EQ(test, load_through(f, iova, &value), 0);
		KUNIT_EXPECT_EQ(test, value, target[0]);
		KUNIT_EXPECT_EQ(test, load_through(f, iova + 8 * last, &value), 0);
		KUNIT_EXPECT_EQ(test, value, target[last]);
		KUNIT_EXPECT_EQ(test, store_through(f, iova + 8, i), 0);
		KUNIT_EXPECT_EQ(test, READ_ONCE(target[1]), i);
		KUNIT_EXPECT_EQ(test, load_through(f, base + size, &value), -EFAULT);
		KUNIT_EXPECT_EQ(test, store_through(f, base + size, 0), -EFAULT);
		conf_unmap_ok(f, base, size, 1);
		KUNIT_EXPECT_EQ(test, load_through(f, iova, &value), -EFAULT);
	}
}

static void forbidden_loads_and_stores(struct kunit *test)
{
	struct conf_fixture *f = fixture(test);
	u64 base = conf_base(f), size, iova;
	unsigned long value = 0;
	u64 *target = alloc_target(f), pa = virt_to_phys(target);
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		iova = base + (pa & (size - 1));
		conf_map_ok(f, base, ALIGN_DOWN(pa, size), size, 1, IOMMU_READ | IOMMU_CACHE);
		KUNIT_EXPECT_EQ(test, load_through(f, iova, &value), 0);
		KUNIT_EXPECT_EQ(test, store_through(f, iova, 1), -EFAULT);
		conf_unmap_ok(f, base, size, 1);

		conf_map_ok(f, base, ALIGN_DOWN(pa, size), size, 1,
			    PROT_RW | IOMMU_CACHE | IOMMU_PRIV);
		KUNIT_EXPECT_EQ(test, load_through(f, iova, &value), -EFAULT);
		KUNIT_EXPECT_EQ(test, store_through(f, iova, 1), -EFAULT);
		conf_unmap_ok(f, base, size, 1);
	}
	KUNIT_EXPECT_EQ(test, target[0], 0);
}

static u64 execute_through(struct conf_fixture *f, u64 iova, bool user)
{
	struct low_half kernel;
	u64 esr;

	kernel = load_table(f);
	esr = hw_execute(low_address(f, iova), user);
	load_kernels(&kernel);
	return esr;
}

#define INSN_RET	0xd65f03c0
#define INSN_SVC	0xd4000001

/* EL1 never executes from pages that user space may write (DDI0487 D8.4.1). */
static void expect_execution(struct conf_fixture *f, u64 iova, int prot)
{
	bool user_writes = prot & IOMMU_WRITE && !(prot & IOMMU_PRIV);
	unsigned int fault = FST_PERMISSION | lpae_walk(f, iova).level;
	u64 el1 = execute_through(f, iova, false);
	u64 el0 = execute_through(f, iova + 4, true);

	if (prot & IOMMU_NOEXEC || user_writes) {
		KUNIT_EXPECT_EQ(f->test, ESR_ELx_EC(el1), ESR_ELx_EC_IABT_CUR);
		KUNIT_EXPECT_EQ(f->test, el1 & ESR_ELx_FSC, fault);
	} else {
		KUNIT_EXPECT_EQ(f->test, el1, 0);
	}
	if (prot & IOMMU_NOEXEC) {
		KUNIT_EXPECT_EQ(f->test, ESR_ELx_EC(el0), ESR_ELx_EC_IABT_LOW);
		KUNIT_EXPECT_EQ(f->test, el0 & ESR_ELx_FSC, fault);
	} else {
		KUNIT_EXPECT_EQ(f->test, ESR_ELx_EC(el0), ESR_ELx_EC_SVC64);
	}
}

static void execution(struct kunit *test)
{
	static const int access[] = { IOMMU_READ, PROT_RW };
	static const int flags[] = { 0, IOMMU_NOEXEC, IOMMU_PRIV, IOMMU_PRIV | IOMMU_NOEXEC };
	struct conf_fixture *f = fixture(test);
	u64 base = conf_base(f), size;
	u64 *target = alloc_target(f), pa = virt_to_phys(target);
	unsigned int i, n;
	int prot;

	target[0] = (u64)INSN_SVC << 32 | INSN_RET;
	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		for (n = 0; n < 8; n++) {
			prot = access[n / 4] | flags[n % 4] | IOMMU_CACHE;
			conf_map_ok(f, base, ALIGN_DOWN(pa, size), size, 1, prot);
			expect_execution(f, base + (pa & (size - 1)), prot);
			conf_unmap_ok(f, base, size, 1);
		}
	}
}

/* Return: the dirty state of two pages: bit 0 for the first page, bit 1 for the second */
static unsigned int dirty_pages(struct conf_fixture *f, u64 iova, u64 size)
{
	struct iommu_iotlb_gather gather;
	struct iommu_dirty_bitmap dirty;
	unsigned int i, pages = 0;

	for (i = 0; i < 2; i++) {
		iommu_dirty_bitmap_init(&dirty, NULL, &gather);
		KUNIT_EXPECT_EQ(f->test,
				f->ops->read_and_clear_dirty(f->ops, iova + i * size,
							     size, 0, &dirty), 0);
		pages |= (gather.end != 0) << i;
	}
	return pages;
}

/* The MMU makes a clean page dirty at a write, and not at a read. */
static void written_by_hardware(struct kunit *test)
{
	struct conf_fixture *f = fixture(test);
	u64 size = conf_pgsize(f, 0), base = conf_base(f);
	unsigned long value;
	u64 *target = alloc_target(f), pa = virt_to_phys(target);

	conf_map_ok(f, base, pa, size, 1, PROT_RW | IOMMU_CACHE);
	conf_map_ok(f, base + size, pa, size, 1, PROT_RW | IOMMU_CACHE);
	KUNIT_EXPECT_EQ(test, dirty_pages(f, base, size), 3);
	/* A clean page is writable. A translation for writing may make the page dirty. */
	agree_on_page(f, base, pa, size, PROT_RW | IOMMU_CACHE);
	dirty_pages(f, base, size);
	KUNIT_EXPECT_EQ(test, load_through(f, base, &value), 0);
	KUNIT_EXPECT_EQ(test, load_through(f, base + size, &value), 0);
	KUNIT_EXPECT_EQ(test, dirty_pages(f, base, size), 0);
	KUNIT_EXPECT_EQ(test, store_through(f, base + size, 1), 0);
	KUNIT_EXPECT_FALSE(test, lpae_walk(f, base).dirty);
	KUNIT_EXPECT_TRUE(test, lpae_walk(f, base + size).dirty);
	KUNIT_EXPECT_EQ(test, dirty_pages(f, base, size), 2);
	KUNIT_EXPECT_EQ(test, dirty_pages(f, base, size), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(ends_of_the_address_space, all_sizes),
	KUNIT_CASE_PARAM(beyond_the_address_space, s1_shapes),
	KUNIT_CASE_PARAM(protections, s1_shapes),
	KUNIT_CASE_PARAM(output_address_bits, s1_shapes),
	KUNIT_CASE_PARAM(ends_of_tables, s1_shapes),
	KUNIT_CASE_PARAM(part_of_a_block, s1_blocks),
	KUNIT_CASE_PARAM(loads_and_stores, s1_shapes),
	KUNIT_CASE_PARAM(forbidden_loads_and_stores, s1_shapes),
	KUNIT_CASE_PARAM(execution, s1_shapes),
	KUNIT_CASE_PARAM(written_by_hardware, conformance_hd),
	{ }
};

conformance_suite("io-pgtable-hw-arm64", lpae, cases);
