// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE, judged by an SMMUv3: what a device reads and writes through our tables, and which faults
 * the SMMU records. The driver, the IOMMU API and the DMA are real. The SMMU and the devices are
 * QEMU's.
 *
 * There are two PCI devices, see qemu/scenarios.py. "edu" does DMA to any address. The BAR of
 * "ivshmem" is memory that nothing else uses: 2 GiB, aligned to 2 GiB, at a physical address of 40
 * bits. So the cases can access the first and the last byte of blocks of any size.
 *
 * The driver takes page sizes and address sizes from the features of its SMMU. The suite changes
 * these features, so that one kernel, with any page size of its own, makes tables of every granule,
 * and at stage 2 with every kind of start level.
 *
 * The driver limits how many faults it logs. So the suite reads the SMMU's event queue, which has
 * one record for each fault.
 */
#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/iopoll.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <uapi/linux/iommufd.h>

#include "../../../arm/arm-smmu-v3/arm-smmu-v3.h"
#include "../../../iommu-priv.h"
#include "../compat.h"

#define PROT_RW		(IOMMU_READ | IOMMU_WRITE)

static char *hint = "auto";
module_param(hint, charp, 0444);
MODULE_PARM_DESC(hint, "value of the driver's parameter contiguous_hint");

/* QEMU, docs/specs/edu.rst */
#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_CMD	0x98
#define EDU_DMA_START	BIT(0)
#define EDU_DMA_TO_RAM	BIT(1)
#define EDU_BUFFER	0x40000
#define EDU_DMA_USEC	(100 * USEC_PER_MSEC)

static struct {
	struct pci_dev *pdev;
	void __iomem *regs;
	struct arm_smmu_device *smmu;
	u32 sid;
	/* the memory of ivshmem */
	struct pci_dev *ram_pdev;
	u64 ram_pa;
	void __iomem *ram;
	/* faults in the whole run, by event number */
	unsigned int faults[256];
} edu;

/**
 * struct dma_shape - a kind of table
 * @name: name of the parameter
 * @stage: feature bit of the driver for the stage
 * @pgsizes: page sizes that the driver finds in the SMMU's features
 * @ias: input address bits of stage 2; stage 1 always has 48
 * @oas: output address bits
 */
struct dma_shape {
	const char *name;
	u32 stage;
	unsigned long pgsizes;
	unsigned int ias;
	unsigned int oas;
};

#define S1		ARM_SMMU_FEAT_TRANS_S1
#define S2		ARM_SMMU_FEAT_TRANS_S2
#define PGSIZES_4K	(SZ_4K | SZ_2M | SZ_1G)
#define PGSIZES_16K	(SZ_16K | SZ_32M)
#define PGSIZES_64K	(SZ_64K | SZ_512M)

/*
 * There are no concatenated root tables. QEMU 10 would use the first of them for all addresses,
 * since its walk clears the bits of the root's address that select the table.
 */
static const struct dma_shape shapes[] = {
	{ "stage 1, 4K", S1, PGSIZES_4K, 48, 44 },
	{ "stage 1, 16K", S1, PGSIZES_16K, 48, 44 },
	{ "stage 1, 64K", S1, PGSIZES_64K, 48, 44 },
	{ "stage 2, 4K, start at level 0", S2, PGSIZES_4K, 44, 44 },
	{ "stage 2, 16K, start at level 1", S2, PGSIZES_16K, 44, 44 },
	{ "stage 2, 64K, start at level 1", S2, PGSIZES_64K, 44, 44 },
	{ "stage 2, 64K, start at level 2", S2, PGSIZES_64K, 42, 42 },
	/* In 6.12 the driver makes tables with fewer input than output address bits. */
	ROWS_ON_6_12({ "stage 2, 4K, start at level 1", S2, PGSIZES_4K, 39, 44 },
		     { "stage 2, 4K, 4 entries at level 1", S2, PGSIZES_4K, 32, 40 },
		     { "stage 2, 16K, start at level 2", S2, PGSIZES_16K, 36, 40 },
		     { "stage 2, 64K, few entries at level 2", S2, PGSIZES_64K, 36, 42 })
};

/* Return: the page sizes that the contiguous hint adds (DDI0487 D8.7) */
static unsigned long groups_of(const struct dma_shape *shape)
{
	if (!strcmp(hint, "off"))
		return 0;
	if (shape->pgsizes & SZ_4K)
		return SZ_64K | SZ_32M;
	return shape->pgsizes & SZ_16K ? SZ_2M | SZ_1G : SZ_2M | SZ_16G;
}

/* If the SMMU has both stages, the driver uses stage 1. */
static u32 stage_in_use(void)
{
	return edu.smmu && edu.smmu->features & S1 ? S1 : S2;
}

static const void *next_shape(const struct dma_shape *prev, char *desc, unsigned int ias)
{
	const struct dma_shape *shape = prev ? prev : shapes - 1;

	while (++shape < shapes + ARRAY_SIZE(shapes))
		if (shape->stage == stage_in_use() && shape->ias >= ias) {
			strscpy(desc, shape->name, KUNIT_PARAM_DESC_SIZE);
			return shape;
		}
	return NULL;
}

static GEN_PARAMS(shapes_gen_params)
{
	return next_shape(prev, desc, 0);
}

/* Shapes with enough addresses to use each range only once */
static GEN_PARAMS(large_shapes_gen_params)
{
	return next_shape(prev, desc, 42);
}

/**
 * struct dma_fixture - a domain to which the device is attached
 * @test: the case
 * @shape: the kind of table
 * @domain: the driver's domain
 * @last: last input address
 * @granule: size of the smallest page, in bytes
 * @bounce: input address of a page that the device copies from and to
 * @events: index of the next SMMU event that the case has not seen
 * @token: data that no transfer has used before
 */
struct dma_fixture {
	struct kunit *test;
	const struct dma_shape *shape;
	struct iommu_domain *domain;
	u64 last;
	u64 granule;
	u64 bounce;
	u32 events;
	u64 token;
};

/* Offset of the bounce page in ivshmem's memory. Cases use the memory below. */
#define BOUNCE_OFFSET	SZ_1G

static void __iomem *at(u64 pa)
{
	return edu.ram + (pa - edu.ram_pa);
}

/* Return: the next larger page size that fits into ivshmem's memory, 0 if there is none */
static u64 next_pgsize(struct dma_fixture *f, u64 size)
{
	unsigned long larger = f->domain->pgsize_bitmap & ~(2 * size - 1);

	larger &= GENMASK(30, 0);
	return larger ? BIT_ULL(__ffs(larger)) : 0;
}

/* Return: whether no page of a block, or of a group of blocks, can be unmapped */
static bool is_kept(struct dma_fixture *f, u64 size)
{
	return !SPLITS_BLOCKS && size >= f->granule * f->granule / 8;
}

/*
 * Events
 */

static u32 event_index(void)
{
	struct arm_smmu_queue *q = &edu.smmu->evtq.q;

	return Q_IDX(&q->llq, readl(q->prod_reg));
}

static u32 new_events(struct dma_fixture *f)
{
	return Q_IDX(&edu.smmu->evtq.q.llq, event_index() - f->events);
}

static void expect_no_event(struct dma_fixture *f, u64 iova)
{
	KUNIT_EXPECT_EQ_MSG(f->test, new_events(f), 0, "iova %#llx", iova);
	f->events = event_index();
}

/* Expect exactly one new event record (IHI0070 7.3.15 and on), for this access. */
static void expect_event(struct dma_fixture *f, u64 iova, bool write, u8 id)
{
	const __le64 *evt = edu.smmu->evtq.q.base + f->events * EVTQ_ENT_DWORDS;
	bool stage2 = f->shape->stage == S2;
	u64 word;

	edu.faults[id]++;
	KUNIT_ASSERT_EQ_MSG(f->test, new_events(f), 1, "iova %#llx", iova);
	f->events = event_index();

	word = le64_to_cpu(evt[0]);
	KUNIT_EXPECT_EQ(f->test, FIELD_GET(EVTQ_0_ID, word), id);
	KUNIT_EXPECT_EQ(f->test, FIELD_GET(EVTQ_0_SID, word), edu.sid);
	word = le64_to_cpu(evt[1]);
	KUNIT_EXPECT_EQ(f->test, !!(word & EVTQ_1_RnW), !write);
	KUNIT_EXPECT_EQ(f->test, !!(word & EVTQ_1_S2), stage2);
	KUNIT_EXPECT_EQ(f->test, le64_to_cpu(evt[2]), iova);
}

/*
 * DMA
 */

/* Transfer between the device's own buffer and memory at @iova. */
static void edu_dma(struct dma_fixture *f, u64 iova, size_t size, bool write)
{
	u64 cmd;

	writeq(write ? EDU_BUFFER : iova, edu.regs + EDU_DMA_SRC);
	writeq(write ? iova : EDU_BUFFER, edu.regs + EDU_DMA_DST);
	writeq(size, edu.regs + EDU_DMA_COUNT);
	writeq(EDU_DMA_START | (write ? EDU_DMA_TO_RAM : 0),
	       edu.regs + EDU_DMA_CMD);
	KUNIT_ASSERT_EQ(f->test, 0,
			readq_poll_timeout(edu.regs + EDU_DMA_CMD, cmd,
					   !(cmd & EDU_DMA_START),
					   EDU_DMA_USEC, 100 * EDU_DMA_USEC));
}

static void device_copies(struct dma_fixture *f, u64 to, u64 from, size_t size)
{
	edu_dma(f, from, size, false);
	expect_no_event(f, from);
	edu_dma(f, to, size, true);
	expect_no_event(f, to);
}

/* Write two words, since a transfer may cross from one page to the next in its middle. */
static void fill(struct dma_fixture *f, void __iomem *to)
{
	writeq(++f->token, to);
	writeq(++f->token, to + 8);
}

static void expect_filled(struct dma_fixture *f, void __iomem *from, u64 iova)
{
	KUNIT_EXPECT_EQ_MSG(f->test, readq(from), f->token - 1, "iova %#llx", iova);
	KUNIT_EXPECT_EQ_MSG(f->test, readq(from + 8), f->token, "iova %#llx", iova);
}

#define TRANSFER 16

static void expect_reads(struct dma_fixture *f, u64 iova, u64 pa)
{
	fill(f, at(pa));
	device_copies(f, f->bounce, iova, TRANSFER);
	expect_filled(f, at(edu.ram_pa + BOUNCE_OFFSET), iova);
}

static void expect_writes(struct dma_fixture *f, u64 iova, u64 pa)
{
	fill(f, at(edu.ram_pa + BOUNCE_OFFSET));
	device_copies(f, iova, f->bounce, TRANSFER);
	expect_filled(f, at(pa), iova);
}

static void expect_works(struct dma_fixture *f, u64 iova, u64 pa)
{
	expect_reads(f, iova, pa);
	expect_writes(f, iova, pa);
}

/* Check transfers of the first and the last bytes of a range. */
static void expect_range(struct dma_fixture *f, u64 iova, u64 pa, u64 size)
{
	expect_works(f, iova, pa);
	expect_works(f, iova + size - TRANSFER, pa + size - TRANSFER);
}

/* Transfer 4 bytes: QEMU splits a transfer that faults into accesses of this size. */
static void expect_fault(struct dma_fixture *f, u64 iova, bool write, u8 id)
{
	edu_dma(f, iova, 4, write);
	expect_event(f, iova, write, id);
}

static void expect_hole(struct dma_fixture *f, u64 iova)
{
	expect_fault(f, iova, false, EVT_ID_TRANSLATION_FAULT);
	expect_fault(f, iova, true, EVT_ID_TRANSLATION_FAULT);
}

static void expect_hole_range(struct dma_fixture *f, u64 iova, u64 size)
{
	expect_hole(f, iova);
	expect_hole(f, iova + size - 4);
}

/*
 * Expect faults just before and after a range. At stage 2, QEMU 10 records no fault for an access
 * beyond the largest address space of this SMMU.
 */
static void expect_hole_around(struct dma_fixture *f, u64 iova, u64 size)
{
	if (iova)
		expect_hole(f, iova - 4);
	if (f->shape->stage == S1 || !((iova + size) >> edu.smmu->STAGE2_IAS))
		expect_hole(f, iova + size);
}

/*
 * Mappings
 */

static void map(struct dma_fixture *f, u64 iova, u64 pa, u64 size, int prot)
{
	KUNIT_ASSERT_EQ(f->test, 0, iommu_map(f->domain, iova, pa, size, prot,
					      GFP_KERNEL));
}

static void unmap(struct dma_fixture *f, u64 iova, u64 size)
{
	KUNIT_ASSERT_EQ(f->test, iommu_unmap(f->domain, iova, size), size);
}

/*
 * Domains
 */

/* Return: a domain, whose table the driver makes for an SMMU with the features of @shape */
static struct iommu_domain *make_domain(const struct dma_shape *shape, u32 flags)
{
	struct arm_smmu_device *smmu = edu.smmu;
	unsigned long pgsizes = smmu->pgsize_bitmap;
	unsigned long ias = smmu->STAGE2_IAS, oas = smmu->oas;
	struct iommu_domain *domain;

	smmu->pgsize_bitmap = shape->pgsizes;
	smmu->STAGE2_IAS = shape->stage == S2 ? shape->ias : shape->oas;
	smmu->oas = shape->oas;
	domain = compat_paging_domain_alloc(&edu.pdev->dev, flags);
	smmu->pgsize_bitmap = pgsizes;
	smmu->STAGE2_IAS = ias;
	smmu->oas = oas;
	return domain;
}

static void free_domain(void *domain)
{
	iommu_domain_free(domain);
}

/*
 * Cases
 */

static void every_page_size(struct kunit *test)
{
	struct dma_fixture *f = test->priv;
	u64 size, pa = edu.ram_pa;

	for (size = f->granule; size; size = next_pgsize(f, size)) {
		map(f, size, pa, size, PROT_RW);
		expect_range(f, size, pa, size);
		expect_hole_around(f, size, size);
		unmap(f, size, size);
		expect_hole_range(f, size, size);
	}
}

static void ends_of_the_space(struct kunit *test)
{
	struct dma_fixture *f = test->priv;
	u64 size, iova, pa = edu.ram_pa;

	for (size = f->granule; size; size = next_pgsize(f, size)) {
		iova = f->last - (size - 1);
		map(f, 0, pa, size, PROT_RW);
		expect_range(f, 0, pa, size);
		expect_hole_around(f, 0, size);
		expect_hole_range(f, iova, size);
		unmap(f, 0, size);
		map(f, iova, pa, size, PROT_RW);
		expect_range(f, iova, pa, size);
		expect_hole_around(f, iova, size);
		expect_hole_range(f, 0, size);
		unmap(f, iova, size);
		expect_hole_range(f, iova, size);
	}
}

/*
 * Map pages on both sides of the end of a table, of the last level and of all levels above. If
 * there are several root tables, the last such table is the first root.
 */
static void across_tables(struct kunit *test)
{
	struct dma_fixture *f = test->priv;
	u64 pages = f->granule * 3, pa = edu.ram_pa, table, iova;

	for (table = f->granule * f->granule / 8; table < f->last;
	     table *= f->granule / 8) {
		iova = table - f->granule;
		map(f, iova, pa, pages, PROT_RW);
		expect_range(f, iova, pa, pages);
		expect_works(f, table - 8, pa + f->granule - 8);
		expect_hole_around(f, iova, pages);
		unmap(f, iova, pages);
		expect_hole_range(f, iova, pages);
		expect_hole(f, table);
	}
}

/*
 * Stage 1 has no write-only mappings, so these are readable, too. At stage 2, QEMU 10 records no
 * fault if its TLB has an entry, so forbidden accesses come first.
 */
static void protections(struct kunit *test)
{
	struct dma_fixture *f = test->priv;
	u64 size, pa = edu.ram_pa, keep;

	for (size = f->granule; size; size = next_pgsize(f, size)) {
		map(f, size, pa, size, IOMMU_READ);
		keep = readq(at(pa));
		expect_fault(f, size, true, EVT_ID_PERMISSION_FAULT);
		KUNIT_EXPECT_EQ(test, readq(at(pa)), keep);
		expect_reads(f, size, pa);
		unmap(f, size, size);

		map(f, size, pa, size, IOMMU_WRITE);
		if (f->shape->stage == S2)
			expect_fault(f, size, false, EVT_ID_PERMISSION_FAULT);
		else
			expect_reads(f, size, pa);
		expect_writes(f, size, pa);
		unmap(f, size, size);

		KUNIT_EXPECT_EQ(test, -EINVAL,
				iommu_map(f->domain, size, pa, size,
					  IOMMU_CACHE, GFP_KERNEL));
		expect_hole(f, size);
	}
}

/* QEMU's SMMU ignores memory types. The case checks that the descriptors are valid. */
static void memory_types(struct kunit *test)
{
	static const int types[] = {
		IOMMU_CACHE, IOMMU_MMIO, IOMMU_NOEXEC, IOMMU_PRIV,
		IOMMU_CACHE | IOMMU_NOEXEC | IOMMU_PRIV,
	};
	struct dma_fixture *f = test->priv;
	u64 size, pa = edu.ram_pa;
	unsigned int i;

	for (size = f->granule; size; size = next_pgsize(f, size))
		for (i = 0; i < ARRAY_SIZE(types); i++) {
			map(f, size, pa, size, PROT_RW | types[i]);
			expect_works(f, size, pa);
			unmap(f, size, size);
		}
}

/*
 * Map the same input address again: to another output address, with other permissions, by pages of
 * another size. Each time, the SMMU has cached the mapping before.
 */
static void map_again(struct kunit *test)
{
	struct dma_fixture *f = test->priv;
	u64 size, pa, other = edu.ram_pa + SZ_512M;

	for (size = f->granule; size; size = next_pgsize(f, size)) {
		pa = edu.ram_pa;
		map(f, size, pa, size, PROT_RW);
		expect_works(f, size, pa);
		unmap(f, size, size);
		expect_hole(f, size);

		pa = ALIGN_DOWN(other, size);
		map(f, size, pa, size, IOMMU_READ);
		expect_fault(f, size, true, EVT_ID_PERMISSION_FAULT);
		expect_reads(f, size, pa);
		unmap(f, size, size);

		pa = other + f->granule;
		map(f, size, pa, f->granule, PROT_RW);
		expect_range(f, size, pa, f->granule);
		expect_hole_around(f, size, f->granule);
		unmap(f, size, f->granule);
		expect_hole(f, size);
	}
}

/* Unmap a range of a block's size that is mapped by pages. That frees the table of the pages. */
static void a_table_goes(struct kunit *test)
{
	struct dma_fixture *f = test->priv;
	u64 size = f->granule * f->granule / 8, pa = edu.ram_pa;

	map(f, size, pa + f->granule, size, PROT_RW);
	expect_range(f, size, pa + f->granule, size);
	unmap(f, size, size);
	expect_hole_range(f, size, size);

	map(f, size, pa, size, PROT_RW);
	expect_range(f, size, pa, size);
	unmap(f, size, size);
	expect_hole_range(f, size, size);
}

/* A page of the block cannot be unmapped, and all of the block remains. */
static void expect_kept(struct dma_fixture *f, u64 iova, u64 pa, u64 size, u64 page)
{
	KUNIT_EXPECT_EQ(f->test, iommu_unmap(f->domain, iova + page, f->granule), 0);
	expect_range(f, iova, pa, size);
	expect_works(f, iova + page, pa + page);
	unmap(f, iova, size);
	expect_hole_range(f, iova, size);
}

/* Unmap one page of a block: the first one, one in the middle, the last one. */
static void part_of_a_block(struct kunit *test)
{
	struct dma_fixture *f = test->priv;
	u64 size, hole, pa = edu.ram_pa, other = pa + BOUNCE_OFFSET + SZ_512M;
	unsigned int i;

	for (size = next_pgsize(f, f->granule); size; size = next_pgsize(f, size))
		for (i = 0; i < 3; i++) {
			hole = i * (size / 2) - (i == 2 ? f->granule : 0);
			map(f, size, pa, size, PROT_RW);
			expect_range(f, size, pa, size);
			expect_works(f, size + hole, pa + hole);
			if (is_kept(f, size)) {
				expect_kept(f, size, pa, size, hole);
				continue;
			}
			unmap(f, size + hole, f->granule);

			expect_hole_range(f, size + hole, f->granule);
			if (i > 0)
				expect_range(f, size, pa, hole);
			hole += f->granule;
			if (i < 2)
				expect_range(f, size + hole, pa + hole, size - hole);
			hole -= f->granule;

			map(f, size + hole, other, f->granule, PROT_RW);
			expect_range(f, size + hole, other, f->granule);
			unmap(f, size, size);
			expect_hole_range(f, size, size);
		}
}

/* The rest of a block, or all of a block that cannot be split, keeps its permissions. */
static void part_of_a_read_only_block(struct kunit *test)
{
	struct dma_fixture *f = test->priv;
	u64 size, pa = edu.ram_pa;

	for (size = next_pgsize(f, f->granule); size; size = next_pgsize(f, size)) {
		map(f, size, pa, size, IOMMU_READ);
		if (!is_kept(f, size)) {
			expect_reads(f, size, pa);
			unmap(f, size + size / 2, f->granule);
			expect_hole(f, size + size / 2);
		} else {
			KUNIT_EXPECT_EQ(test, iommu_unmap(f->domain, size + size / 2,
							  f->granule), 0);
		}
		expect_fault(f, size, true, EVT_ID_PERMISSION_FAULT);
		expect_fault(f, 2 * size - 4, true, EVT_ID_PERMISSION_FAULT);
		expect_reads(f, size, pa);
		/* Fill the hole, since unmap of a contiguous group stops at a hole. */
		if (!is_kept(f, size))
			map(f, size + size / 2, pa, f->granule, IOMMU_READ);
		unmap(f, size, size);
	}
}

/* Access the leaves of contiguous groups one by one, so that the SMMU caches each of them. */
static void groups_of_leaves(struct kunit *test)
{
	struct dma_fixture *f = test->priv;
	u64 size, step, offset, pa = edu.ram_pa;

	for (size = f->granule; size; size = next_pgsize(f, size)) {
		if (!(size & groups_of(f->shape)))
			continue;
		step = size / 16;
		map(f, size, pa, size, PROT_RW);
		for (offset = 0; offset < size; offset += step)
			expect_works(f, size + offset, pa + offset);
		expect_hole_around(f, size, size);
		unmap(f, size, size);
		for (offset = 0; offset < size; offset += step)
			expect_hole(f, size + offset);
		map(f, size, pa + size, size, IOMMU_READ);
		for (offset = 0; offset < size; offset += step)
			expect_reads(f, size + offset, pa + size + offset);
		unmap(f, size, size);
	}
}

/*
 * The host reads from QEMU's trace which commands invalidate the following ranges. It judges the
 * commands by the lines that the cases print. Each range is used once, and is far from the others.
 */

/* Return: the address of a new range, at the start of a group of @group bytes */
static u64 next_slot(u64 group, u64 size)
{
	static u64 slot = SZ_1T;
	u64 start = ALIGN(slot, group) + 2 * group;

	slot = start + size + 2 * group;
	return start;
}

/* Unmap @count leaves of @leaf bytes. The first one is leaf number @skip of a group. */
static void unmap_some(struct dma_fixture *f, u64 leaf, u64 group, unsigned int skip,
		       unsigned int count)
{
	u64 size = count * leaf, iova = next_slot(group, group + size) + skip * leaf;

	map(f, iova, skip * leaf, size, PROT_RW);
	pr_info("SMMU unmaps: iova %#llx size %#llx group %#llx page %#llx\n",
		iova, size, group, f->granule);
	unmap(f, iova, size);
}

static void unmap_many_sizes(struct dma_fixture *f, u64 leaf, u64 group)
{
	unsigned int i, count, n = group / leaf, most = f->granule / 8 - n;
	const unsigned int skips[] = { 0, 1, n / 2, n - 1 };

	for (i = 0; i < ARRAY_SIZE(skips); i++) {
		for (count = 1; count < 3 * n; count += n / 8 + 1)
			unmap_some(f, leaf, group, skips[i], count);
		for (; count < most; count += most / 11 + 2)
			unmap_some(f, leaf, group, skips[i], count);
	}
}

/* Granule, size of the leaves, and number of leaves in a contiguous group */
static const struct dma_group {
	u64 page;
	u64 leaf;
	unsigned int n;
} dma_groups[] = {
	{ SZ_4K, SZ_4K, 16 }, { SZ_4K, SZ_2M, 16 },
	{ SZ_16K, SZ_16K, 128 }, { SZ_16K, SZ_32M, 32 },
	{ SZ_64K, SZ_64K, 32 }, { SZ_64K, SZ_512M, 32 },
};

/* No range command ends inside a contiguous group. */
static void commands_keep_groups(struct kunit *test)
{
	struct dma_fixture *f = test->priv;
	const struct dma_group *g;

	for (g = dma_groups; g < dma_groups + ARRAY_SIZE(dma_groups); g++) {
		if (g->page != f->granule)
			continue;
		if (g->leaf < SZ_32M)
			unmap_many_sizes(f, g->leaf, g->n * g->leaf);
		else
			unmap_some(f, g->leaf, g->n * g->leaf, 1, 67);
	}
}

/* When part of a group is unmapped, one command invalidates the whole group. */
static void break_is_one_command(struct kunit *test)
{
	struct dma_fixture *f = test->priv;
	const struct dma_group *g;
	u64 iova, group;

	for (g = dma_groups; g < dma_groups + ARRAY_SIZE(dma_groups); g++) {
		if (g->page != f->granule)
			continue;
		group = g->n * g->leaf;
		iova = next_slot(group, group);
		map(f, iova, 0, group, PROT_RW);
		pr_info("SMMU breaks: iova %#llx size %#llx page %#llx\n",
			iova, group, f->granule);
		unmap(f, iova + 3 * g->leaf, g->leaf);
	}
}

/* The SMMU's IIDR determines whether the hint is used, unless the parameter does. */
static void hint_by_identification(struct kunit *test)
{
	static const struct {
		u32 iidr;
		bool erratum;
	} rows[] = {
		{ 0x00000000 }, { 0x4830043b }, { 0x4870043b, true }, { 0x4871243b, true },
		{ 0x4980043b, true }, { 0x498f043b, true }, { 0x48a0043b }, { 0x48700102 },
	};
	struct arm_smmu_device *smmu = edu.smmu;
	struct dma_fixture *f = test->priv;
	void __iomem *base = smmu->base;
	u8 *registers = kunit_kzalloc(test, SZ_4K, GFP_KERNEL);
	struct iommu_domain *domain;
	unsigned long groups;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, registers);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		*(u32 *)(registers + ARM_SMMU_IIDR) = rows[i].iidr;
		smmu->base = (void __iomem *)registers;
		domain = make_domain(f->shape, 0);
		smmu->base = base;
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
		groups = rows[i].erratum && strcmp(hint, "on") ? 0 : groups_of(f->shape);
		KUNIT_EXPECT_EQ_MSG(test, domain->pgsize_bitmap, f->shape->pgsizes | groups,
				    "IIDR %#x", rows[i].iidr);
		iommu_domain_free(domain);
	}
}

/*
 * When dirty state has been cleared, the driver's iotlb_sync invalidates the TLB. This SMMU has no
 * dirty tracking. So the suite sets the driver's feature bit, and the device does no DMA.
 */
static void cleaned_is_invalidated(struct kunit *test)
{
	struct dma_fixture *f = test->priv;
	u64 size = 5 * f->granule, iova = next_slot(f->granule, size);
	struct arm_smmu_device *smmu = edu.smmu;
	struct iommu_iotlb_gather gather;
	struct iommu_dirty_bitmap dirty;
	struct iommu_domain *domain;
	u32 features = smmu->features;

	smmu->features |= ARM_SMMU_FEAT_HD;
	domain = make_domain(f->shape, IOMMU_HWPT_ALLOC_DIRTY_TRACKING);
	smmu->features = features;
	if (f->shape->stage == S2) {
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(domain), -EOPNOTSUPP);
		return;
	}
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_domain, domain));
	KUNIT_EXPECT_EQ(test, domain->pgsize_bitmap, f->shape->pgsizes);
	iommu_detach_device(f->domain, &edu.pdev->dev);
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_device(domain, &edu.pdev->dev));

	KUNIT_EXPECT_EQ(test, 0, iommu_map(domain, iova, edu.ram_pa, size, PROT_RW,
					   GFP_KERNEL));
	pr_info("SMMU cleans: iova %#llx size %#llx page %#llx\n", iova, size, f->granule);
	iommu_dirty_bitmap_init(&dirty, NULL, &gather);
	KUNIT_EXPECT_EQ(test, 0, domain->dirty_ops->read_and_clear_dirty(domain, iova, size,
									 0, &dirty));
	iommu_iotlb_sync(domain, &gather);

	iommu_detach_device(domain, &edu.pdev->dev);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(f->domain, &edu.pdev->dev));
}

/*
 * The suite
 */

static void detach_device(void *domain)
{
	iommu_detach_device(domain, &edu.pdev->dev);
}

static int dma_init(struct kunit *test)
{
	struct dma_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->test = test;
	f->shape = test->param_value;
	f->domain = make_domain(f->shape, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f->domain);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_domain, f->domain));
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_device(f->domain, &edu.pdev->dev));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, detach_device, f->domain));

	KUNIT_ASSERT_EQ(test, f->domain->pgsize_bitmap,
			f->shape->pgsizes | groups_of(f->shape));
	f->last = f->domain->geometry.aperture_end;
	KUNIT_ASSERT_EQ(test, f->last, BIT_ULL(f->shape->ias) - 1);
	f->granule = BIT_ULL(__ffs(f->domain->pgsize_bitmap));
	/* Far from both ends of the address space, and from the ends of tables */
	f->bounce = (f->last >> 1) + 1 + 4 * f->granule;
	map(f, f->bounce, edu.ram_pa + BOUNCE_OFFSET, f->granule, PROT_RW);
	f->events = event_index();
	f->token = 0x5eed0000;
	test->priv = f;
	return 0;
}

static int dma_suite_init(struct kunit_suite *suite)
{
	return edu.smmu ? 0 : -ENODEV;
}

/* The host compares this line with the faults that QEMU has counted. */
static void dma_suite_exit(struct kunit_suite *suite)
{
	pr_info("SMMU events expected: F_TRANSLATION %u, F_PERMISSION %u\n",
		edu.faults[EVT_ID_TRANSLATION_FAULT],
		edu.faults[EVT_ID_PERMISSION_FAULT]);
}

static struct kunit_case dma_cases[] = {
	KUNIT_CASE_PARAM(every_page_size, shapes_gen_params),
	KUNIT_CASE_PARAM(ends_of_the_space, shapes_gen_params),
	KUNIT_CASE_PARAM(across_tables, shapes_gen_params),
	KUNIT_CASE_PARAM(protections, shapes_gen_params),
	KUNIT_CASE_PARAM(memory_types, shapes_gen_params),
	KUNIT_CASE_PARAM(map_again, shapes_gen_params),
	KUNIT_CASE_PARAM(a_table_goes, shapes_gen_params),
	KUNIT_CASE_PARAM(part_of_a_block, shapes_gen_params),
	KUNIT_CASE_PARAM(part_of_a_read_only_block, shapes_gen_params),
	KUNIT_CASE_PARAM(groups_of_leaves, shapes_gen_params),
	KUNIT_CASE_PARAM(commands_keep_groups, large_shapes_gen_params),
	KUNIT_CASE_PARAM(break_is_one_command, large_shapes_gen_params),
	KUNIT_CASE_PARAM(hint_by_identification, shapes_gen_params),
	KUNIT_CASE_PARAM(cleaned_is_invalidated, large_shapes_gen_params),
	{}
};

static struct kunit_suite dma_suite = {
	.name = "smmu_v3_dma",
	.suite_init = dma_suite_init,
	.suite_exit = dma_suite_exit,
	.init = dma_init,
	.test_cases = dma_cases,
};

kunit_test_suite(dma_suite);

/*
 * The devices
 */

static void put_ram(void *data)
{
	iounmap(edu.ram);
	pci_disable_device(edu.ram_pdev);
	pci_dev_put(edu.ram_pdev);
}

/* QEMU, docs/specs/ivshmem-spec.rst: BAR 2 is the memory. */
static int get_ram(struct device *dev)
{
	struct pci_dev *pdev = pci_get_device(PCI_VENDOR_ID_REDHAT_QUMRANET,
					      0x1110, NULL);
	int ret = -ENODEV;

	if (!pdev)
		return ret;
	if (pci_resource_len(pdev, 2) >= SZ_2G)
		ret = pci_enable_device_mem(pdev);
	if (ret)
		goto put;

	edu.ram_pdev = pdev;
	edu.ram_pa = pci_resource_start(pdev, 2);
	edu.ram = ioremap_wc(edu.ram_pa, SZ_2G);
	if (edu.ram)
		return devm_add_action_or_reset(dev, put_ram, NULL);

	ret = -ENOMEM;
	pci_disable_device(pdev);
put:
	pci_dev_put(pdev);
	return ret;
}

static void forget_smmu(void *data)
{
	edu.smmu = NULL;
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct arm_smmu_master *master = dev_iommu_priv_get(&pdev->dev);
	int ret;

	if (!master || edu.smmu)
		return -ENODEV;
	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	edu.regs = pcim_iomap_region(pdev, 0, "edu");
	if (IS_ERR(edu.regs))
		return PTR_ERR(edu.regs);
	ret = get_ram(&pdev->dev);
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "no ivshmem of 2 GiB\n");

	pci_set_master(pdev);
	edu.pdev = pdev;
	edu.sid = master->streams[0].id;
	edu.smmu = master->smmu;
	return devm_add_action_or_reset(&pdev->dev, forget_smmu, NULL);
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{}
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name		= "edu",
	.id_table	= edu_ids,
	.probe		= edu_probe,
};
module_pci_driver(edu_driver);

MODULE_DESCRIPTION("KUnit: LPAE tables, DMA and an SMMUv3");
MODULE_LICENSE("GPL");
