// SPDX-License-Identifier: GPL-2.0-only
/*
 * v7s with the CPU's own MMU as the judge, on a kernel whose own tables have short descriptors. For
 * a moment, TTBCR.N splits the address space. The kernel stays in the upper half, which uses TTBR1.
 * A table under test gets the lower half, with the values of TTBR0, PRRR and NMRR that the format
 * has returned. To test the upper half of the table, TTBR0 points to the second half of its level-1
 * table. Address translation operations, and real loads and stores, show how the MMU uses the
 * table. The cases compare that with what was mapped and with what the oracle says, so they test
 * the oracle, too.
 *
 * The tests run on QEMU's MMU, which does not report memory types here.
 */
#include <asm/barrier.h>
#include <asm/cp15.h>
#include <asm/tlbflush.h>
#include <linux/io.h>

#include "../arm-v7s/claims.h"
#include "access.h"

/*
 * Registers
 */

#define CP15_ACCESSORS(_name, _crn, _crm, _op2)					\
static u32 read_##_name(void)							\
{										\
	u32 value;								\
										\
	asm volatile("mrc p15, 0, %0, " #_crn ", " #_crm ", " #_op2		\
		     : "=r" (value) : : "memory");				\
	return value;								\
}										\
										\
static void write_##_name(u32 value)						\
{										\
	asm volatile("mcr p15, 0, %0, " #_crn ", " #_crm ", " #_op2		\
		     : : "r" (value) : "memory");				\
}

CP15_ACCESSORS(sctlr, c1, c0, 0)
CP15_ACCESSORS(ttbr0, c2, c0, 0)
CP15_ACCESSORS(ttbcr, c2, c0, 2)
CP15_ACCESSORS(dacr, c3, c0, 0)
CP15_ACCESSORS(prrr, c10, c2, 0)
CP15_ACCESSORS(nmrr, c10, c2, 1)

struct low_half {
	unsigned long flags;	/* interrupt state, only of the kernel's lower half */
	u32 ttbcr;
	u32 ttbr0;
	u32 prrr;
	u32 nmrr;
	u32 dacr;
	u32 sctlr;
};

#define TTBCR_LOWER_2G	1	/* N: TTBR0 is for addresses with bit 31 clear */
#define TTBCR_PD0	0x10	/* no walks by TTBR0 */

/* Access to domain 0: the MMU checks permissions (client), or ignores them (manager) */
#define DACR_CLIENT	1
#define DACR_MANAGER	3

/* Walks are disabled while the registers change, and the TLB has no entries of the old table. */
static void load(const struct low_half *half)
{
	write_ttbcr(TTBCR_LOWER_2G | TTBCR_PD0);
	isb();
	local_flush_tlb_all();
	write_ttbr0(half->ttbr0);
	write_prrr(half->prrr);
	write_nmrr(half->nmrr);
	write_dacr(half->dacr);
	write_sctlr(half->sctlr);
	isb();
	write_ttbcr(half->ttbcr);
	isb();
}

/*
 * Interrupts are disabled from here to load_kernels(). SCTLR.AFE makes AP[0] an access flag instead
 * of a permission. Drivers with either setting use the format.
 */
static struct low_half load_table(struct conf_fixture *f, u32 iova, bool access_flag)
{
	struct low_half kernel, table;

	local_irq_save(kernel.flags);
	kernel.ttbcr = read_ttbcr();
	kernel.ttbr0 = read_ttbr0();
	kernel.prrr = read_prrr();
	kernel.nmrr = read_nmrr();
	kernel.dacr = read_dacr();
	kernel.sctlr = read_sctlr();
	table = (struct low_half){
		.ttbcr = TTBCR_LOWER_2G,
		.ttbr0 = v7s_regs(f)->ttbr + (iova >> 31) * SZ_8K,
		.prrr = v7s_regs(f)->prrr,
		.nmrr = v7s_regs(f)->nmrr,
		.dacr = (kernel.dacr & ~3U) |
			(v7s_regs(f)->no_perms ? DACR_MANAGER : DACR_CLIENT),
		.sctlr = (kernel.sctlr & ~CR_AFE) | (access_flag ? CR_AFE : 0),
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

static u32 low_address(u32 iova)
{
	return iova & ~BIT(31);
}

/*
 * Translations
 */

enum access { PRIV_READ, PRIV_WRITE, USER_READ, USER_WRITE, ACCESSES };

static const char * const access_names[] = {
	"privileged read", "privileged write", "user read", "user write",
};

/* Translate with ATS1CPR, ATS1CPW, ATS1CUR or ATS1CUW. Return: PAR */
static u32 translate(u32 va, enum access access)
{
	u32 par;

	switch (access) {
	case PRIV_READ:
		asm volatile("mcr p15, 0, %0, c7, c8, 0" : : "r" (va));
		break;
	case PRIV_WRITE:
		asm volatile("mcr p15, 0, %0, c7, c8, 1" : : "r" (va));
		break;
	case USER_READ:
		asm volatile("mcr p15, 0, %0, c7, c8, 2" : : "r" (va));
		break;
	default:
		asm volatile("mcr p15, 0, %0, c7, c8, 3" : : "r" (va));
		break;
	}
	isb();
	asm volatile("mrc p15, 0, %0, c7, c4, 0" : "=r" (par));
	return par;
}

static void ask_mmu(struct conf_fixture *f, u32 iova, bool access_flag, u32 par[ACCESSES])
{
	struct low_half kernel;
	enum access access;

	kernel = load_table(f, iova, access_flag);
	for (access = 0; access < ACCESSES; access++)
		par[access] = translate(low_address(iova), access);
	load_kernels(&kernel);
}

#define PAR_F		BIT(0)
#define PAR_SS		BIT(1)		/* a supersection: 31:24 are all of the address */
#define PAR_FS		GENMASK(6, 1)

/* Return: the bits of PAR that depend on the table */
static u32 told_by(u32 par)
{
	if (par & PAR_F)
		return par & (PAR_F | PAR_FS);
	if (par & PAR_SS)
		return par & (PAR_SS | GENMASK(31, 16));
	return par & GENMASK(31, 12);
}

/* Fault status codes (DDI0406C table B3-23), at level 1 and at level 2 */
static const u32 fs_translation[] = { 0, 0x5, 0x7 };
static const u32 fs_access_flag[] = { 0, 0x3, 0x6 };
static const u32 fs_permission[] = { 0, 0xd, 0xf };

static u32 fault_par(u32 status)
{
	return PAR_F | status << 1;
}

static u32 par_of_leaf(const struct v7s_result *r)
{
	if (r->size == SZ_16M)
		return PAR_SS | (u32)(r->pa & GENMASK(31, 24)) |
		       (u32)(r->pa >> 32) << 16;
	return r->pa & GENMASK(31, 12);
}

/* Return: the PAR for a result; ~0 for reserved bits, since the MMU has no such fault */
static u32 par_of(const struct v7s_result *r, enum access access)
{
	static const unsigned int needed[] = {
		V7S_PRIV_READ, V7S_PRIV_WRITE, V7S_USER_READ, V7S_USER_WRITE,
	};

	switch (r->fault) {
	case V7S_FAULT_NONE:
		if (r->perms & needed[access])
			return par_of_leaf(r);
		return fault_par(fs_permission[r->level]);
	case V7S_FAULT_TRANSLATION:
		return fault_par(fs_translation[r->level]);
	case V7S_FAULT_ACCESS_FLAG:
		return fault_par(fs_access_flag[r->level]);
	default:
		return ~0U;
	}
}

/*
 * Return: the result of what was mapped: nothing, or @m. The level of a translation fault depends
 * on which tables exist, so the caller passes that level.
 */
static struct v7s_result result_of(struct conf_fixture *f, const struct conf_mapping *m,
				   unsigned int fault_level)
{
	struct v7s_result r = {
		.fault = V7S_FAULT_TRANSLATION,
		.level = fault_level,
	};

	if (!m)
		return r;
	r.fault = V7S_FAULT_NONE;
	r.level = m->size < SZ_1M ? 2 : 1;
	r.pa = m->pa;
	r.size = m->size;
	r.perms = V7S_ALL_PERMS;
	if (v7s_regs(f)->no_perms)
		return r;
	if (!(m->prot & IOMMU_WRITE))
		r.perms &= ~(V7S_PRIV_WRITE | V7S_USER_WRITE);
	if (m->prot & IOMMU_PRIV)
		r.perms &= ~(V7S_USER_READ | V7S_USER_WRITE);
	return r;
}

static void agree_by(struct conf_fixture *f, u32 iova, const struct conf_mapping *m,
		     bool access_flag)
{
	struct v7s_result oracle = v7s_walk_tables(f, iova);
	struct v7s_result mapped = result_of(f, m, oracle.level);
	u32 par[ACCESSES], told;
	enum access access;

	ask_mmu(f, iova, access_flag, par);
	for (access = 0; access < ACCESSES; access++) {
		told = told_by(par[access]);
		if (told == par_of(&mapped, access) && told == par_of(&oracle, access))
			continue;
		KUNIT_FAIL_AND_ABORT(f->test,
				     "%s of %#x: MMU %#x, oracle %#x (fault %u, descriptor %#x), should be %#x",
				     access_names[access], iova, told,
				     par_of(&oracle, access), oracle.fault, oracle.desc,
				     par_of(&mapped, access));
	}
}

/*
 * Check that the MMU, the oracle and what was mapped at @iova agree. With NO_PERMS, entries do not
 * have the access flag set, since the hardware ignores the flag. So SCTLR.AFE is not tried.
 */
static void agree(struct conf_fixture *f, u32 iova, const struct conf_mapping *m)
{
	agree_by(f, iova, m, false);
	if (!v7s_regs(f)->no_perms)
		agree_by(f, iova, m, true);
}

/* Check the first and the last byte of each entry. A page of 64K or 16M has 16 entries. */
static void agree_on_page(struct conf_fixture *f, u32 iova, u32 pa, u32 size, int prot)
{
	u32 step = size == SZ_64K || size == SZ_16M ? size / 16 : size;
	struct conf_mapping m = { .size = size, .prot = prot };
	u32 offset;

	for (offset = 0; offset < size; offset += step) {
		m.pa = pa + offset;
		agree(f, iova + offset, &m);
		m.pa += step - 1;
		agree(f, iova + offset + step - 1, &m);
	}
}

static void agree_on_pages(struct conf_fixture *f, u32 iova, u32 pa, u32 size,
			   unsigned int count, int prot)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		agree_on_page(f, iova + i * size, pa + i * size, size, prot);
}

static void agree_on_hole(struct conf_fixture *f, u32 iova, u32 size)
{
	agree(f, iova, NULL);
	agree(f, iova + size / 3, NULL);
	agree(f, iova + size - 1, NULL);
}

/*
 * Cases
 */

static u32 middle(struct conf_fixture *f)
{
	return BIT(f->cfg.ias - 1);
}

/* Return: the last page; for 32 input address bits the sum wraps to 0 as it should */
static u32 last(struct conf_fixture *f, u32 size)
{
	return 2 * middle(f) - size;
}

static const struct v7s_result nothing = { .fault = V7S_FAULT_TRANSLATION, .level = 1 };

/* Check all of an empty table, at one byte in each megabyte. */
static void empty_table(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u32 par[ACCESSES];
	unsigned int i;

	for (i = 0; i < 4096; i++) {
		ask_mmu(f, i * SZ_1M + i, false, par);
		KUNIT_ASSERT_EQ(test, told_by(par[PRIV_READ]), par_of(&nothing, PRIV_READ));
	}
}

/* Pages of all sizes at both ends of the address space and in its middle */
static void ends_of_the_address_space(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u32 size, end, mid = middle(f);
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		end = last(f, size);
		conf_map_ok(f, 0, -size, size, 1, PROT_RW);
		conf_map_ok(f, mid - size, size, size, 2, PROT_RW);
		conf_map_ok(f, end, 0, size, 1, IOMMU_READ | IOMMU_CACHE);
		agree_on_page(f, 0, -size, size, PROT_RW);
		agree_on_hole(f, size, size);
		agree_on_hole(f, mid - 2 * size, size);
		agree_on_pages(f, mid - size, size, size, 2, PROT_RW);
		agree_on_hole(f, mid + size, size);
		agree_on_hole(f, end - size, size);
		agree_on_page(f, end, 0, size, IOMMU_READ | IOMMU_CACHE);
		conf_unmap_ok(f, 0, size, 1);
		conf_unmap_ok(f, mid - size, size, 2);
		conf_unmap_ok(f, end, size, 1);
		agree_on_hole(f, 0, size);
		agree_on_hole(f, mid - size, 2 * size);
		agree_on_hole(f, end, size);
	}
}

static void protections(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int i;
	u32 size;
	int prot;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		for (prot = 0; prot <= 0x3f; prot++) {
			if (!(prot & PROT_RW))
				continue;
			conf_map_ok(f, 0, size, size, 1, prot);
			agree_on_page(f, 0, size, size, prot);
			conf_unmap_ok(f, 0, size, 1);
			agree_on_hole(f, 0, size);
		}
	}
}

/* Set each bit of the output address in turn. */
static void output_address_bits(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int i, bit;
	u32 size;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		for (bit = __ffs(size); bit < 32; bit++) {
			conf_map_ok(f, middle(f), BIT(bit), size, 1, PROT_RW);
			agree_on_page(f, middle(f), BIT(bit), size, PROT_RW);
			conf_unmap_ok(f, middle(f), size, 1);
		}
	}
}

/* Map six pages, three before the end of a table or of the 16 entries of a page, three after it. */
static void ends_of_tables(struct kunit *test)
{
	static const u32 ends[] = { SZ_64K * 5, SZ_1M, SZ_16M * 5, SZ_16M * 5 + SZ_1M };
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int i, n;
	u32 size, iova;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		for (n = 0; n < ARRAY_SIZE(ends); n++) {
			if (ends[n] % size || ends[n] < 4 * size)
				continue;
			iova = ends[n] - 3 * size;
			conf_map_ok(f, iova, 0, size, 6, PROT_RW | IOMMU_CACHE);
			agree_on_hole(f, iova - size, size);
			agree_on_pages(f, iova, 0, size, 6, PROT_RW | IOMMU_CACHE);
			agree_on_hole(f, iova + 6 * size, size);
			conf_unmap_ok(f, iova, size, 5);
			agree_on_hole(f, iova, 5 * size);
			agree_on_page(f, iova + 5 * size, 5 * size, size,
				      PROT_RW | IOMMU_CACHE);
			conf_unmap_ok(f, iova + 5 * size, size, 1);
		}
	}
}

/*
 * Unmap a page of the next smaller size in the middle of each kind of block. If the format cannot
 * split blocks, the block remains.
 */
static void part_of_a_block(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u32 size, part, hole, start = middle(f);
	unsigned int i;

	for (i = 1; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		part = conf_pgsize(f, i - 1);
		hole = size / 2;
		conf_map_ok(f, start, size, size, 1, PROT_RW);
		if (!f->claims->splits_blocks) {
			KUNIT_EXPECT_EQ(test, conf_unmap(f, start + hole, part, 1), 0);
			agree_on_page(f, start, size, size, PROT_RW);
			conf_unmap_ok(f, start, size, 1);
			continue;
		}
		conf_unmap_ok(f, start + hole, part, 1);
		agree_on_page(f, start, size, part, PROT_RW);
		agree_on_page(f, start + hole - part, size + hole - part, part, PROT_RW);
		agree_on_hole(f, start + hole, part);
		agree_on_page(f, start + hole + part, size + hole + part, part, PROT_RW);
		agree_on_page(f, start + size - part, 2 * size - part, part, PROT_RW);
		conf_unmap_ok(f, start, part, hole / part);
		conf_unmap_ok(f, start + hole + part, part, hole / part - 1);
		agree_on_hole(f, start, size);
	}
}

/*
 * Real accesses
 */

static int load_through(struct conf_fixture *f, u32 iova, unsigned long *value)
{
	struct low_half kernel;
	int err;

	kernel = load_table(f, iova, false);
	err = hw_load(low_address(iova), value);
	load_kernels(&kernel);
	return err;
}

static int store_through(struct conf_fixture *f, u32 iova, u32 value)
{
	struct low_half kernel;
	int err;

	kernel = load_table(f, iova, false);
	err = hw_store(low_address(iova), value);
	load_kernels(&kernel);
	return err;
}

/*
 * Return: a page to be mapped. The test must run in a kernel thread without an address space, so
 * that the fixups of hw_load() and hw_store() handle faults.
 */
static u32 *alloc_target(struct kunit *test)
{
	u32 *target = kunit_kzalloc(test, SZ_4K, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, target);
	KUNIT_ASSERT_TRUE(test, IS_ALIGNED(virt_to_phys(target), SZ_4K));
	KUNIT_ASSERT_NULL(test, current->mm);
	return target;
}

/* Access the page by mappings of all sizes. The larger ones also map memory around the page. */
static void loads_and_stores(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u32 *target = alloc_target(test), pa = virt_to_phys(target);
	u32 size, iova, start = middle(f);
	unsigned long value = 0;
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		iova = start + (pa & (size - 1));
		target[0] = 0x01234567;
		target[1023] = 0x89abcdef + i;
		conf_map_ok(f, start, ALIGN_DOWN(pa, size), size, 1, PROT_RW | IOMMU_CACHE);
		KUNIT_EXPECT_EQ(test, load_through(f, iova, &value), 0);
		KUNIT_EXPECT_EQ(test, value, target[0]);
		KUNIT_EXPECT_EQ(test, load_through(f, iova + 4 * 1023, &value), 0);
		KUNIT_EXPECT_EQ(test, value, target[1023]);
		KUNIT_EXPECT_EQ(test, store_through(f, iova + 4, i), 0);
		KUNIT_EXPECT_EQ(test, READ_ONCE(target[1]), i);
		KUNIT_EXPECT_EQ(test, load_through(f, start + size, &value), -EFAULT);
		KUNIT_EXPECT_EQ(test, store_through(f, start - 4, 0), -EFAULT);
		conf_unmap_ok(f, start, size, 1);
		KUNIT_EXPECT_EQ(test, load_through(f, iova, &value), -EFAULT);
	}
}

/* The MMU allows these accesses only with NO_PERMS. */
static void forbidden_loads_and_stores(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	int forbidden = v7s_regs(f)->no_perms ? 0 : -EFAULT;
	u32 *target = alloc_target(test), pa = virt_to_phys(target);
	u32 size, iova, start = middle(f);
	unsigned long value = 0;
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		iova = start + (pa & (size - 1));
		conf_map_ok(f, start, ALIGN_DOWN(pa, size), size, 1, IOMMU_READ | IOMMU_CACHE);
		KUNIT_EXPECT_EQ(test, load_through(f, iova, &value), 0);
		KUNIT_EXPECT_EQ(test, store_through(f, iova, 0), forbidden);
		conf_unmap_ok(f, start, size, 1);

		conf_map_ok(f, start, ALIGN_DOWN(pa, size), size, 1,
			    PROT_RW | IOMMU_CACHE | IOMMU_PRIV);
		KUNIT_EXPECT_EQ(test, load_through(f, iova, &value), forbidden);
		KUNIT_EXPECT_EQ(test, store_through(f, iova, 0), forbidden);
		conf_unmap_ok(f, start, size, 1);
	}
	KUNIT_EXPECT_EQ(test, target[0], 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(empty_table, conformance_all),
	KUNIT_CASE_PARAM(ends_of_the_address_space, conformance_all),
	KUNIT_CASE_PARAM(protections, conformance_all),
	KUNIT_CASE_PARAM(output_address_bits, conformance_all),
	KUNIT_CASE_PARAM(ends_of_tables, conformance_all),
	KUNIT_CASE_PARAM(part_of_a_block, conformance_blocks),
	KUNIT_CASE_PARAM(loads_and_stores, conformance_all),
	KUNIT_CASE_PARAM(forbidden_loads_and_stores, conformance_all),
	{ }
};

conformance_suite("io-pgtable-hw-arm", v7s, cases);
