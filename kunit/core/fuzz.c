// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite that calls the core with random names and random configurations, as a confused or
 * hostile caller would. Each call returns the documented error, nothing leaks, and modprobe is
 * only called for valid names. Each table can be used at both ends of its address space.
 */
#include <kunit/device.h>
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/dma-mapping.h>
#include <linux/io-pgtable-format.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/vmstat.h>

#include "../../core.h"
#include "../compat.h"

static unsigned int rounds = IS_ENABLED(CONFIG_KASAN) ? 10000 : 100000;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "number of names, and number of configurations");

static unsigned long seed = 13;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "seed of the random generator");

static bool bad_name_asked_for;	/* modprobe was called for an invalid name */
static unsigned int asked_for;	/* number of calls of modprobe */

/*
 * Return: whether a name is valid. A state machine over characters, written independently of the
 * core.
 */
static bool is_name(const char *name)
{
	enum { FIRST, VENDOR, COMMA, FORMAT } state = FIRST;
	const char *c;

	for (c = name; *c; c++) {
		bool comma = *c == ',';

		if (comma ? state != VENDOR :
			    !((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ||
			      *c == '-' || *c == '_' || *c == '.' || *c == '+'))
			return false;
		if (comma)
			state = COMMA;
		else
			state = state >= COMMA ? FORMAT : VENDOR;
	}
	return state == FORMAT && c - name <= 40;
}

static bool modprobe_of_a_name(const char *id)
{
	bad_name_asked_for |= !is_name(id);
	asked_for++;
	return true;
}

/* Make a name of any characters, or of valid characters around a comma. */
static void random_name(struct rnd_state *rnd, char *name, size_t size)
{
	static const char likely[] = "abcxyz019-_.+,,,,";
	size_t i, len = prandom_u32_state(rnd) % size;
	bool tidy = prandom_u32_state(rnd) & 1;

	for (i = 0; i < len; i++) {
		u32 r = prandom_u32_state(rnd);

		if (tidy)
			name[i] = likely[r % (sizeof(likely) - 5)];
		else
			name[i] = r & 0xf0 ? likely[r % (sizeof(likely) - 1)] : r >> 8;
	}
	if (tidy && len)
		name[prandom_u32_state(rnd) % len] = ',';
	name[len] = '\0';
}

/* The alloc() of a format that makes no tables */
static struct io_pgtable *refuse(struct io_pgtable_cfg *cfg, void *cookie)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static void free_nothing(struct io_pgtable *iop)
{
}

static const struct io_pgtable_init_fns refusing_fns = {
	.alloc	= refuse,
	.free	= free_nothing,
};

/* Register a format with this name, ask for a table, unregister. Return: 0 or an errno */
static int register_name(const char *name, struct io_pgtable_cfg *cfg)
{
	struct io_pgtable_format format = { .name = name, .fns = &refusing_fns };
	int err = io_pgtable_register_formats(&format, 1);

	if (err)
		return err;
	err = PTR_ERR_OR_ZERO(io_pgtable_alloc_named(name, cfg, NULL));
	if (io_pgtable_unregister_formats(&format, 1))
		return -EBUSY;
	return err == -EOPNOTSUPP ? 0 : err ?: -EFAULT;
}

static void random_names(struct kunit *test)
{
	struct io_pgtable_cfg cfg = {};
	unsigned int i, valid = 0;
	struct rnd_state rnd;
	char name[60];

	kunit_activate_static_stub(test, io_pgtable_request_module, modprobe_of_a_name);
	bad_name_asked_for = false;
	asked_for = 0;
	prandom_seed_state(&rnd, seed);
	for (i = 0; i < rounds; i++) {
		bool expected;
		int err;

		random_name(&rnd, name, sizeof(name));
		expected = is_name(name);
		valid += expected;
		err = PTR_ERR_OR_ZERO(io_pgtable_alloc_named(name, &cfg, NULL));
		if (err != (expected ? -ENOENT : -EINVAL) || bad_name_asked_for)
			KUNIT_FAIL_AND_ABORT(test, "round %u, seed %lu: \"%s\": %d\n",
					     i, seed, name, err);
		err = register_name(name, &cfg);
		if (err != (expected ? 0 : -EINVAL))
			KUNIT_FAIL_AND_ABORT(test, "round %u, seed %lu: registering \"%s\": %d\n",
					     i, seed, name, err);
	}
	kunit_info(test, "%u names, %u of them valid\n", i, valid);
	KUNIT_EXPECT_GT(test, valid, i / 100);
	KUNIT_EXPECT_LT(test, valid, i);
	KUNIT_EXPECT_GE(test, asked_for, valid);
}

/*
 * Configurations
 */

static void *driver_alloc(void *cookie, size_t size, gfp_t gfp)
{
	return (void *)__get_free_pages(gfp | __GFP_ZERO, get_order(size));
}

static void driver_free(void *cookie, void *pages, size_t size)
{
	free_pages((unsigned long)pages, get_order(size));
}

static void flush_all(void *cookie)
{
}

static void flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
}

static const struct iommu_flush_ops tlbs[] = {
	{},
	{ .tlb_flush_all = flush_all },
	{ .tlb_flush_all = flush_all, .tlb_flush_walk = flush_walk },
};

/* Return: a value at which a careless comparison goes wrong */
static u64 hostile(struct rnd_state *rnd)
{
	static const u64 values[] = {
		0, 1, 31, 33, 63, 64, 65, S32_MAX, U32_MAX, S64_MAX, 1ULL << 63, U64_MAX,
	};
	u32 r = prandom_u32_state(rnd);

	return r & 1 ? values[(r >> 1) % ARRAY_SIZE(values)] : (u64)r << (r >> 26);
}

/* Return: a plausible number of address bits in most cases, any number otherwise */
static unsigned int random_bits(struct rnd_state *rnd)
{
	static const unsigned int likely[] = { 32, 32, 32, 36, 36, 39, 40, 42, 42, 44, 48, 52 };
	u32 r = prandom_u32_state(rnd);

	return r % 8 ? likely[(r >> 8) % ARRAY_SIZE(likely)] : r >> (r >> 3) % 27;
}

static unsigned long random_sizes(struct rnd_state *rnd)
{
	static const unsigned long likely[] = {
		SZ_4K, SZ_16K, SZ_64K, SZ_4K | SZ_2M | SZ_1G, SZ_16K | SZ_32M, SZ_64K | SZ_512M,
		SZ_4K | SZ_64K | SZ_1M | SZ_16M, -SZ_4K,
	};
	u32 r = prandom_u32_state(rnd);

	if (r % 8)
		return likely[(r >> 8) % ARRAY_SIZE(likely)];
	return (unsigned long)r << (r >> 3) % (BITS_PER_LONG - 24);
}

static struct io_pgtable_cfg random_configuration(struct rnd_state *rnd, struct device *dev,
						  u64 *own)
{
	u32 r = prandom_u32_state(rnd), odd = prandom_u32_state(rnd);
	struct io_pgtable_cfg cfg = {
		.ias = random_bits(rnd),
		.oas = random_bits(rnd),
		.pgsize_bitmap = random_sizes(rnd),
		.coherent_walk = r & 1,
		.iommu_dev = r & 1 && r & 2 ? NULL : dev,
		.tlb = r & 4 ? &tlbs[(r >> 8) % ARRAY_SIZE(tlbs)] : NULL,
	};

	if (r & 8)
		cfg.quirks = BIT((r >> 10) % 18) | (r & 16 ? BIT((r >> 15) % 18) : 0);
	if (!(r >> 20 & 7)) {
		cfg.alloc = r >> 23 & 1 ? driver_alloc : NULL;
		cfg.free = r >> 24 & 1 ? driver_free : NULL;
	}
	if (!(r >> 25 & 15)) {
		cfg.format_cfg = r >> 29 & 1 ? own : NULL;
		cfg.format_cfg_size = r >> 30 & 1 ? sizeof(*own) : odd >> 16 & 1 ? hostile(rnd) : 0;
	}
	/* Sometimes one or more fields have values that no driver uses. */
	if (!(odd & 15))
		cfg.ias = hostile(rnd);
	if (!(odd >> 4 & 15))
		cfg.oas = hostile(rnd);
	if (!(odd >> 8 & 15))
		cfg.pgsize_bitmap = hostile(rnd);
	if (!(odd >> 12 & 15))
		cfg.quirks = hostile(rnd);
	/* The format overwrites these fields. */
	prandom_bytes_state(rnd, &cfg.apple_dart_cfg, sizeof(cfg.apple_dart_cfg));
	return cfg;
}

static int use_page(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr, size_t size)
{
	size_t mapped = 0;
	int err = io_pgtable_map_pages(ops, iova, paddr, size, 1, IOMMU_READ, GFP_KERNEL, &mapped);

	if (err)
		return mapped ? -EFAULT : err;
	if (mapped != size || io_pgtable_iova_to_phys(ops, iova + 1) != paddr + 1 ||
	    io_pgtable_iova_to_phys(ops, iova + size - 1) != paddr + size - 1)
		return -EFAULT;
	return io_pgtable_unmap_pages(ops, iova, size, 1, NULL) == size &&
	       !io_pgtable_iova_to_phys(ops, iova + 1) ? 0 : -EFAULT;
}

/* Return: the address of the last page of an address space with that many bits */
static u64 last_page(unsigned int bits, unsigned int most, size_t size)
{
	return (min(bits, most) < 64 ? BIT_ULL(min(bits, most)) : 0) - size;
}

/*
 * Map, translate and unmap a page of the smallest size at both ends of the table's address space.
 * The map may fail with -ERANGE only if a page is larger than the output address space.
 * Return: 0 or an errno
 */
static int use_table(struct io_pgtable_ops *ops)
{
	const struct io_pgtable_cfg *cfg = &io_pgtable_ops_to_pgtable(ops)->cfg;
	unsigned int shift = __ffs(cfg->pgsize_bitmap);
	size_t size = BIT(shift);
	unsigned long first = 0, last = last_page(cfg->ias, BITS_PER_LONG, size);
	phys_addr_t paddr = last_page(cfg->oas, 8 * sizeof(paddr), size);
	int err;

	if (cfg->oas < shift) {
		err = use_page(ops, cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1 ? -size : 0, 0, size);
		return err == -ERANGE ? 0 : err;
	}
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1) {
		first = -(last + size);
		last = -size;
	}
	return use_page(ops, first, paddr, size) ?: use_page(ops, last, 0, size);
}

/* The kernel's own AMD formats need a configuration that is embedded in the driver's data. */
static bool takes_any(enum io_pgtable_fmt fmt)
{
	return fmt != AMD_IOMMU_V1 && fmt != AMD_IOMMU_V2;
}

/* The kernel's own DART formats make tables in which they cannot map. */
static bool makes_sense(enum io_pgtable_fmt fmt)
{
	return fmt != APPLE_DART && fmt != APPLE_DART2;
}

/*
 * Load all formats of this kernel before modprobe is replaced by a stub.
 * Return: a bit for each format that is available
 */
static unsigned long load_formats(void)
{
	struct io_pgtable_cfg cfg = { .pgsize_bitmap = SZ_4K, .ias = 32, .oas = 32,
				      .coherent_walk = true };
	unsigned long there = 0;
	enum io_pgtable_fmt fmt;

	for (fmt = 0; fmt < IO_PGTABLE_NUM_FMTS; fmt++) {
		struct io_pgtable_cfg any = cfg;
		struct io_pgtable_ops *ops;

		if (!takes_any(fmt))
			continue;
		ops = io_pgtable_alloc(fmt, &any, NULL);
		if (PTR_ERR_OR_ZERO(ops) != -ENOENT)
			there |= BIT(fmt);
		if (!IS_ERR(ops))
			free_io_pgtable_ops(ops);
	}
	return there;
}

static void random_configurations(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "io-pgtable-fuzz");
	unsigned long there = load_formats();
	unsigned int i, made[IO_PGTABLE_NUM_FMTS] = {}, errors[4] = {};
	enum io_pgtable_fmt fmt;
	unsigned long pages;
	struct rnd_state rnd;
	u64 own;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	dev->dma_mask = &dev->coherent_dma_mask;
	KUNIT_ASSERT_EQ(test, dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64)), 0);
	kunit_activate_static_stub(test, io_pgtable_request_module, modprobe_of_a_name);
	prandom_seed_state(&rnd, seed + 1);
	pages = global_node_page_state(NR_IOMMU_PAGES);
	for (i = 0; i < rounds; i++) {
		struct io_pgtable_cfg cfg = random_configuration(&rnd, dev, &own);
		struct io_pgtable_ops *ops;
		int err;

		fmt = prandom_u32_state(&rnd) % (IO_PGTABLE_NUM_FMTS + 1);
		if (fmt == IO_PGTABLE_NUM_FMTS)
			fmt += hostile(&rnd);
		if (!takes_any(fmt))
			continue;
		ops = io_pgtable_alloc(fmt, &cfg, NULL);
		err = PTR_ERR_OR_ZERO(ops);
		if (fmt >= IO_PGTABLE_NUM_FMTS)
			KUNIT_ASSERT_LT(test, err, 0);
		else if (err == -ENOENT)
			KUNIT_EXPECT_FALSE(test, there & BIT(fmt));
		if (!err) {
			made[fmt]++;
			err = makes_sense(fmt) ? use_table(ops) : 0;
			free_io_pgtable_ops(ops);
			if (err)
				KUNIT_FAIL_AND_ABORT(test, "round %u, seed %lu: format %u: %d\n",
						     i, seed, fmt, err);
			continue;
		}
		errors[0] += err == -EINVAL;
		errors[1] += err == -ENOENT;
		errors[2] += err == -EOPNOTSUPP;
		errors[3] += err == -ENOMEM;
		if (err != -EINVAL && err != -ENOENT && err != -EOPNOTSUPP && err != -ENOMEM)
			KUNIT_FAIL_AND_ABORT(test, "round %u, seed %lu: format %u: %d\n",
					     i, seed, fmt, err);
	}
	for_each_set_bit(fmt, &there, IO_PGTABLE_NUM_FMTS) {
		kunit_info(test, "format %u: %u tables made\n", fmt, made[fmt]);
		KUNIT_EXPECT_GT(test, made[fmt], i / 10000);
	}
	kunit_info(test, "%u -EINVAL, %u -ENOENT, %u -EOPNOTSUPP, %u -ENOMEM\n",
		   errors[0], errors[1], errors[2], errors[3]);
	/* Each CPU may keep part of the count to itself (mm/vmstat.c). */
	KUNIT_EXPECT_LE(test, abs((long)(global_node_page_state(NR_IOMMU_PAGES) - pages)),
			125 * num_online_cpus());
}

static struct kunit_case fuzz_cases[] = {
	KUNIT_CASE_SLOW(random_names),
	KUNIT_CASE_SLOW(random_configurations),
	{}
};

static struct kunit_suite fuzz_suite = {
	.name		= "io_pgtable_fuzz",
	.test_cases	= fuzz_cases,
};

kunit_test_suite(fuzz_suite);

IMPORT_EXPORTED_FOR_KUNIT();
MODULE_DESCRIPTION("Random names and configurations for io-pgtable");
MODULE_LICENSE("GPL");
