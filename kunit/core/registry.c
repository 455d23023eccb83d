// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suites of the io-pgtable core, with fake formats that only count: registry, pins, tables,
 * and probes that are deferred or fail
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/async.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/io-pgtable-format.h>
#include <linux/irq_work.h>
#include <linux/kmsg_dump.h>
#include <linux/kthread.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "../../core.h"
#include "../compat.h"
#include "turns.h"

#define N_FORMATS 3

/* Settings and counts of the fake formats */
static struct {
	int alloc_error;	/* alloc fails with this error; 1: alloc returns NULL */
	int tables;		/* tables in existence */
	int flushes;		/* calls of tlb_flush_all */
	int flushes_at_free;	/* flushes when the table was freed */
	struct io_pgtable_cfg *cfg;
} fake;

static struct io_pgtable *fake_alloc(struct io_pgtable_cfg *cfg, void *cookie)
{
	struct io_pgtable *iop;

	fake.cfg = cfg;
	if (fake.alloc_error)
		return fake.alloc_error == 1 ? NULL : ERR_PTR(fake.alloc_error);

	iop = kzalloc(sizeof(*iop), GFP_KERNEL);
	if (!iop)
		return ERR_PTR(-ENOMEM);
	cfg->ias = 7;
	fake.tables++;
	return iop;
}

static void fake_free(struct io_pgtable *iop)
{
	fake.flushes_at_free = fake.flushes;
	fake.tables--;
	kfree(iop);
}

static const struct io_pgtable_init_fns fake_fns = {
	.alloc	= fake_alloc,
	.free	= fake_free,
};

static const struct io_pgtable_init_fns fake_fns_custom = {
	.alloc	= fake_alloc,
	.free	= fake_free,
	.caps	= IO_PGTABLE_CAP_CUSTOM_ALLOCATOR,
};

static void fake_flush_all(void *cookie)
{
	fake.flushes++;
}

static const struct iommu_flush_ops fake_tlb = {
	.tlb_flush_all	= fake_flush_all,
};

/* Numbers that no format in this kernel has, names, and formats with these numbers or names */
static enum io_pgtable_fmt spare[N_FORMATS];
static const char *const names[N_FORMATS] = { "kunit,a", "kunit,b-2", "8kunit,c_3.0+" };
static struct io_pgtable_format formats[N_FORMATS];
static bool named;	/* the formats have names, not numbers */

/*
 * As a module, this suite is loaded before the real formats, which leaves their numbers unused. If
 * the suite is built in, the formats are built in, too, and have these numbers.
 */
#define BUILT_IN	IS_BUILTIN(CONFIG_IOMMU_IO_PGTABLE_KUNIT_TEST)

static int find_spare_numbers(struct kunit_suite *suite)
{
	struct io_pgtable_format f = { .fns = &fake_fns };
	int fmt, n = 0;

	if (BUILT_IN)
		return 0;
	for (fmt = IO_PGTABLE_NUM_FMTS - 1; fmt >= 0 && n < N_FORMATS; fmt--) {
		f.fmt = fmt;
		if (io_pgtable_register_formats(&f, 1))
			continue;
		io_pgtable_unregister_formats(&f, 1);
		spare[n++] = fmt;
	}
	return n == N_FORMATS ? 0 : -EBUSY;
}

static unsigned int loads;	/* requests for a module */

static bool never_loads(const char *id)
{
	loads++;
	return true;
}

static unsigned int later;	/* requests for a module to be loaded later */

static void never_loads_later(const char *id)
{
	later++;
}

static int fake_init_common(struct kunit *test)
{
	unsigned int i;

	memset(&fake, 0, sizeof(fake));
	named = false;
	for (i = 0; i < N_FORMATS; i++)
		formats[i] = (struct io_pgtable_format) {
			.fmt = spare[i], .fns = &fake_fns,
		};
	/* The numbers belong to no format, so modprobe must not run. */
	kunit_activate_static_stub(test, io_pgtable_request_module, never_loads);
	kunit_activate_static_stub(test, io_pgtable_load_later, never_loads_later);
	later = 0;
	loads = 0;
	return 0;
}

static int fake_init(struct kunit *test)
{
	if (BUILT_IN)
		kunit_skip(test, "formats that are built in have the numbers");
	return fake_init_common(test);
}

static int fake_init_named(struct kunit *test)
{
	int ret = fake_init_common(test);
	unsigned int i;

	named = true;
	for (i = 0; i < N_FORMATS; i++)
		formats[i].name = names[i];
	return ret;
}

static struct io_pgtable_ops *alloc_nth(unsigned int n, struct io_pgtable_cfg *cfg, void *cookie)
{
	return named ? io_pgtable_alloc_named(names[n], cfg, cookie) :
		       io_pgtable_alloc(spare[n], cfg, cookie);
}

/* Check that a case has left no table, no format and no pin. */
static void fake_exit(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, fake.tables, 0);
	for (i = 0; i < N_FORMATS; i++)
		KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&formats[i], 1),
				-ENOENT);
}

static void register_all(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(formats, N_FORMATS), 0);
}

static void unregister_all(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(formats, N_FORMATS), 0);
}

static struct io_pgtable_ops *table(struct kunit *test, unsigned int n)
{
	struct io_pgtable_cfg cfg = { .tlb = &fake_tlb };
	struct io_pgtable_ops *ops = alloc_nth(n, &cfg, NULL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ops);
	return ops;
}

static int free_or_error(struct io_pgtable_ops *ops)
{
	if (IS_ERR(ops))
		return PTR_ERR(ops);
	free_io_pgtable_ops(ops);
	return 0;
}

/* Return: the errno of a failed allocation with format number @n; 0 if it succeeds. */
static int refusal(unsigned int n)
{
	struct io_pgtable_cfg cfg = {};

	return free_or_error(alloc_nth(n, &cfg, NULL));
}

/*
 * Registry
 */

static void no_formats_are_refused(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(formats, 0), -EINVAL);
}

static void numbers_out_of_range_are_refused(struct kunit *test)
{
	formats[1].fmt = IO_PGTABLE_NUM_FMTS;
	KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(formats, 2), -EINVAL);
	formats[1].fmt = -1;
	KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(formats, 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, refusal(0), -ENOENT);
}

static void missing_functions_are_refused(struct kunit *test)
{
	static const struct io_pgtable_init_fns no_alloc = { .free = fake_free };
	static const struct io_pgtable_init_fns no_free = { .alloc = fake_alloc };
	static const struct io_pgtable_init_fns *const bad[] = {
		NULL, &no_alloc, &no_free,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		formats[1].fns = bad[i];
		KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(formats, 2),
				-EINVAL);
	}
	KUNIT_EXPECT_EQ(test, refusal(0), -ENOENT);
}

static void taken_format_is_refused(struct kunit *test)
{
	struct io_pgtable_format other = {
		.fmt = spare[0], .name = formats[0].name, .fns = &fake_fns,
	};

	register_all(test);
	KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(&other, 1), -EEXIST);
	KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(formats, 1), -EEXIST);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&other, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, refusal(0), 0);
	unregister_all(test);
}

/* Return: whether the kernel's log, from @iter on, has a line with both words. */
static bool logged(struct kunit *test, struct kmsg_dump_iter *iter, const char *one,
		   const char *two)
{
	char *line = kunit_kzalloc(test, 512, GFP_KERNEL);
	size_t len;

	KUNIT_ASSERT_NOT_NULL(test, line);
	while (kmsg_dump_get_line(iter, false, line, 511, &len)) {
		line[len] = '\0';
		if (strstr(line, one) && strstr(line, two))
			return true;
	}
	return false;
}

/* Move @iter to the end of the log. */
static void end_of_log(struct kmsg_dump_iter *iter)
{
	kmsg_dump_rewind(iter);
	while (kmsg_dump_get_line(iter, false, NULL, 0, NULL))
		;
}

static void taken_number_is_reported(struct kunit *test)
{
	struct io_pgtable_format other = { .fmt = ARM_V7S, .fns = &fake_fns };
	struct io_pgtable_format mine = { .fmt = ARM_V7S, .fns = &fake_fns };
	struct kmsg_dump_iter iter;
	int ret;

	ret = io_pgtable_register_formats(&mine, 1);	/* fails if ARM_V7S is registered already */
	end_of_log(&iter);
	KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(&other, 1), -EEXIST);
	KUNIT_EXPECT_TRUE(test, logged(test, &iter, "ARM_V7S",
				       ret ? "registered by" : module_name(THIS_MODULE)));
	if (!ret)
		io_pgtable_unregister_formats(&mine, 1);
}

static void refused_twin_leaves_pins_alone(struct kunit *test)
{
	struct io_pgtable_ops *ops;

	register_all(test);
	ops = table(test, 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(formats, 1), -EEXIST);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(formats, 1), -EBUSY);
	free_io_pgtable_ops(ops);
	unregister_all(test);
}

static void same_format_twice_is_refused(struct kunit *test)
{
	formats[2].fmt = spare[0];
	formats[2].name = formats[0].name;
	KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(formats, N_FORMATS),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, refusal(0), -ENOENT);
	KUNIT_EXPECT_EQ(test, refusal(1), -ENOENT);
}

static void registering_is_all_or_none(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&formats[2], 1), 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(formats, N_FORMATS),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, refusal(0), -ENOENT);
	KUNIT_EXPECT_EQ(test, refusal(1), -ENOENT);
	KUNIT_EXPECT_EQ(test, refusal(2), 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&formats[2], 1), 0);
}

static void unregistering_is_all_or_none(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(formats, 2), 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(formats, N_FORMATS),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, refusal(0), 0);
	KUNIT_EXPECT_EQ(test, refusal(1), 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(formats, 2), 0);
}

static void busy_format_stays(struct kunit *test)
{
	struct io_pgtable_ops *ops;

	register_all(test);
	ops = table(test, 1);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(formats, N_FORMATS),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, refusal(0), 0);
	KUNIT_EXPECT_EQ(test, refusal(1), 0);
	free_io_pgtable_ops(ops);
	unregister_all(test);
}

static void format_can_come_back(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		register_all(test);
		KUNIT_EXPECT_EQ(test, refusal(0), 0);
		unregister_all(test);
		KUNIT_EXPECT_EQ(test, refusal(0), -ENOENT);
	}
}

/* Cases for formats with numbers and for formats with names */
#define REGISTRY_CASES(...)				\
{							\
	KUNIT_CASE(no_formats_are_refused),		\
	KUNIT_CASE(missing_functions_are_refused),	\
	KUNIT_CASE(taken_format_is_refused),		\
	KUNIT_CASE(refused_twin_leaves_pins_alone),	\
	KUNIT_CASE(same_format_twice_is_refused),	\
	KUNIT_CASE(registering_is_all_or_none),		\
	KUNIT_CASE(unregistering_is_all_or_none),	\
	KUNIT_CASE(busy_format_stays),			\
	KUNIT_CASE(format_can_come_back),		\
	##__VA_ARGS__, {}				\
}

static struct kunit_case registry_cases[] =
	REGISTRY_CASES(KUNIT_CASE(numbers_out_of_range_are_refused),
		       KUNIT_CASE(taken_number_is_reported));

static struct kunit_suite registry_suite = {
	.name		= "io_pgtable_registry",
	.suite_init	= find_spare_numbers,
	.init		= fake_init,
	.exit		= fake_exit,
	.test_cases	= registry_cases,
};

static struct kunit_case registry_cases_named[] = REGISTRY_CASES();

static struct kunit_suite registry_suite_named = {
	.name		= "io_pgtable_registry_of_names",
	.init		= fake_init_named,
	.exit		= fake_exit,
	.test_cases	= registry_cases_named,
};

/*
 * Tables and their pins
 */

static void table_has_what_it_was_made_with(struct kunit *test)
{
	struct io_pgtable_cfg cfg = { .tlb = &fake_tlb, .ias = 40, .oas = 41 };
	struct io_pgtable_ops *ops;
	struct io_pgtable *iop;
	int cookie;

	register_all(test);
	ops = alloc_nth(1, &cfg, &cookie);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ops);
	iop = io_pgtable_ops_to_pgtable(ops);
	KUNIT_EXPECT_PTR_EQ(test, fake.cfg, &cfg);
	KUNIT_EXPECT_EQ(test, iop->fmt, named ? IO_PGTABLE_NUM_FMTS : spare[1]);
	KUNIT_EXPECT_PTR_EQ(test, iop->format, &formats[1]);
	KUNIT_EXPECT_PTR_EQ(test, iop->cookie, (void *)&cookie);
	KUNIT_EXPECT_EQ(test, cfg.ias, 7);
	KUNIT_EXPECT_EQ(test, iop->cfg.ias, 7);
	KUNIT_EXPECT_EQ(test, iop->cfg.oas, 41);
	free_io_pgtable_ops(ops);
	unregister_all(test);
}

static void every_table_is_a_pin(struct kunit *test)
{
	struct io_pgtable_ops *ops[3];
	unsigned int i;

	register_all(test);
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		ops[i] = table(test, 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&formats[0].pins), i + 1);
	}
	while (i--) {
		KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(formats, 1),
				-EBUSY);
		free_io_pgtable_ops(ops[i]);
		KUNIT_EXPECT_EQ(test, atomic_read(&formats[0].pins), i);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&formats[1].pins), 0);
	unregister_all(test);
}

static void pin_holds_the_module(struct kunit *test)
{
	struct io_pgtable_ops *ops;
	int idle;

	if (!IS_MODULE(CONFIG_IOMMU_IO_PGTABLE_KUNIT_TEST) ||
	    !IS_ENABLED(CONFIG_MODULE_UNLOAD))
		kunit_skip(test, "needs this suite as a module that can be unloaded");

	register_all(test);
	idle = module_refcount(THIS_MODULE);
	ops = table(test, 0);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), idle + 1);
	free_io_pgtable_ops(ops);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), idle);
	unregister_all(test);
}

static void free_flushes_first(struct kunit *test)
{
	register_all(test);
	free_io_pgtable_ops(table(test, 0));
	KUNIT_EXPECT_EQ(test, fake.flushes, 1);
	KUNIT_EXPECT_EQ(test, fake.flushes_at_free, 1);
	free_io_pgtable_ops(NULL);
	unregister_all(test);
}

struct interrupt {
	struct irq_work work;
	struct io_pgtable_ops *ops;
	bool hard;
};

static void free_in_interrupt(struct irq_work *work)
{
	struct interrupt *interrupt = container_of(work, struct interrupt, work);

	interrupt->hard = in_hardirq();
	free_io_pgtable_ops(interrupt->ops);
}

/*
 * A table is also made and freed with interrupts on, so that lockdep reports a lock that is taken
 * in both contexts.
 */
static void table_is_freed_in_interrupt(struct kunit *test)
{
	struct interrupt interrupt = { .work = IRQ_WORK_INIT(free_in_interrupt) };

	register_all(test);
	free_io_pgtable_ops(table(test, 0));
	interrupt.ops = table(test, 0);
	irq_work_queue(&interrupt.work);
	irq_work_sync(&interrupt.work);
	KUNIT_EXPECT_TRUE(test, interrupt.hard);
	KUNIT_EXPECT_EQ(test, atomic_read(&formats[0].pins), 0);
	unregister_all(test);
}

static void failing_alloc_says_why_and_unpins(struct kunit *test)
{
	static const int errors[] = { -EINVAL, -ENOMEM, -ERANGE };
	unsigned int i;

	register_all(test);
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		fake.alloc_error = errors[i];
		KUNIT_EXPECT_EQ(test, refusal(0), errors[i]);
	}
	/* A format written for the kernel's own core returns NULL. */
	fake.alloc_error = 1;
	KUNIT_EXPECT_EQ(test, refusal(0), -ENOMEM);
	unregister_all(test);
}

static void numbers_of_no_format(struct kunit *test)
{
	static const unsigned int bad[] = {
		IO_PGTABLE_NUM_FMTS, IO_PGTABLE_NUM_FMTS + 1, INT_MAX, U32_MAX,
	};
	struct io_pgtable_cfg cfg = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, devm_io_pgtable_get_format_optional(NULL, bad[i]),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, free_or_error(io_pgtable_alloc(bad[i], &cfg, NULL)),
				-EINVAL);
		KUNIT_EXPECT_NULL(test, alloc_io_pgtable_ops(bad[i], &cfg, NULL));
		KUNIT_EXPECT_EQ(test, devm_io_pgtable_get_format(NULL, bad[i]),
				-EINVAL);
	}
}

static void old_call_says_null(struct kunit *test)
{
	struct io_pgtable_cfg cfg = {};
	struct io_pgtable_ops *ops;

	KUNIT_EXPECT_NULL(test, alloc_io_pgtable_ops(spare[0], &cfg, NULL));
	register_all(test);
	fake.alloc_error = -EINVAL;
	KUNIT_EXPECT_NULL(test, alloc_io_pgtable_ops(spare[0], &cfg, NULL));
	fake.alloc_error = 0;
	ops = alloc_io_pgtable_ops(spare[0], &cfg, NULL);
	KUNIT_EXPECT_NOT_NULL(test, ops);
	free_io_pgtable_ops(ops);
	unregister_all(test);
}

static void *custom_alloc(void *cookie, size_t size, gfp_t gfp)
{
	return NULL;
}

static void custom_free(void *cookie, void *pages, size_t size)
{
}

static void custom_allocator_asked_of_an_absent_format(struct kunit *test)
{
	struct io_pgtable_cfg cfg = { .alloc = custom_alloc, .free = custom_free };

	KUNIT_EXPECT_EQ(test, PTR_ERR(alloc_nth(0, &cfg, NULL)), -ENOENT);
	KUNIT_EXPECT_NULL(test, alloc_io_pgtable_ops(spare[0], &cfg, NULL));
}

static void custom_allocator_needs_both_hooks(struct kunit *test)
{
	struct io_pgtable_cfg no_free = { .alloc = custom_alloc };
	struct io_pgtable_cfg no_alloc = { .free = custom_free };

	formats[0].fns = &fake_fns_custom;
	register_all(test);
	KUNIT_EXPECT_EQ(test, PTR_ERR(alloc_nth(0, &no_free, NULL)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(alloc_nth(0, &no_alloc, NULL)), -EINVAL);
	unregister_all(test);
}

static void custom_allocator_needs_the_capability(struct kunit *test)
{
	struct io_pgtable_cfg cfg = { .alloc = custom_alloc, .free = custom_free };
	struct io_pgtable_ops *ops;

	formats[0].fns = &fake_fns_custom;
	register_all(test);
	KUNIT_EXPECT_EQ(test, PTR_ERR(alloc_nth(1, &cfg, NULL)), -EOPNOTSUPP);
	ops = alloc_nth(0, &cfg, NULL);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, ops);
	if (!IS_ERR(ops))
		free_io_pgtable_ops(ops);
	unregister_all(test);
}

/* A format's own configuration is refused if its size is wrong. */
static void own_configuration_has_its_size(struct kunit *test)
{
	static const struct io_pgtable_init_fns fns = {
		.alloc = fake_alloc, .free = fake_free, .format_cfg_size = 8,
	};
	u64 own = 0;
	const struct {
		void *cfg;
		size_t size;
		int expected;
		int expected_without;
	} rows[] = {
		{ &own, 8, 0, -EINVAL },
		{ &own, 4, -EINVAL, -EINVAL },
		{ &own, 16, -EINVAL, -EINVAL },
		{ &own, 0, -EINVAL, -EINVAL },
		{ NULL, 8, -EINVAL, -EINVAL },
		{ NULL, 0, -EINVAL, 0 },
	};
	unsigned int i;

	formats[0].fns = &fns;
	register_all(test);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct io_pgtable_cfg cfg = {
			.format_cfg = rows[i].cfg, .format_cfg_size = rows[i].size,
		};

		KUNIT_EXPECT_EQ(test, free_or_error(alloc_nth(0, &cfg, NULL)), rows[i].expected);
		KUNIT_EXPECT_EQ(test, free_or_error(alloc_nth(1, &cfg, NULL)),
				rows[i].expected_without);
	}
	unregister_all(test);
}

/* One thread makes and frees tables while another one registers and unregisters their format. */
struct churn {
	struct kunit *test;
	int made;
	int refused;
	struct completion done;
};

static int churn_tables(void *data)
{
	struct churn *churn = data;
	unsigned int i;

	/* Use the stubs of the test in this thread, too. */
	current->kunit_test = churn->test;
	for (i = 0; i < 2000; i++) {
		struct io_pgtable_cfg cfg = {};
		struct io_pgtable_ops *ops = alloc_nth(0, &cfg, NULL);

		usleep_range(5, 20);
		if (!IS_ERR(ops)) {
			churn->made++;
			free_io_pgtable_ops(ops);
			/* Give the other thread time to unregister the format, without tables. */
			usleep_range(50, 100);
		} else if (PTR_ERR(ops) == -ENOENT) {
			churn->refused++;
		}
	}
	current->kunit_test = NULL;
	complete(&churn->done);
	return 0;
}

static void register_and_unregister_under_load(struct kunit *test)
{
	struct churn churn = { .test = test };
	unsigned int busy = 0;

	init_completion(&churn.done);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, kthread_run(churn_tables, &churn,
						       "io-pgtable-churn"));
	while (!completion_done(&churn.done)) {
		KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(formats, 1), 0);
		usleep_range(5, 20);
		while (io_pgtable_unregister_formats(formats, 1) == -EBUSY) {
			busy++;
			usleep_range(5, 20);
		}
		usleep_range(100, 200);
	}
	wait_for_completion(&churn.done);
	kunit_info(test, "made %d, refused %d, found busy %u times\n",
		   churn.made, churn.refused, busy);
	KUNIT_EXPECT_EQ(test, churn.made + churn.refused, 2000);
	KUNIT_EXPECT_GT(test, churn.made, 0);
	KUNIT_EXPECT_GT(test, churn.refused, 0);
}

#define TABLE_CASES(...)					\
{								\
	KUNIT_CASE(table_has_what_it_was_made_with),		\
	KUNIT_CASE(every_table_is_a_pin),			\
	KUNIT_CASE(pin_holds_the_module),			\
	KUNIT_CASE(free_flushes_first),				\
	KUNIT_CASE(table_is_freed_in_interrupt),		\
	KUNIT_CASE(failing_alloc_says_why_and_unpins),		\
	KUNIT_CASE(custom_allocator_asked_of_an_absent_format),	\
	KUNIT_CASE(custom_allocator_needs_both_hooks),		\
	KUNIT_CASE(custom_allocator_needs_the_capability),	\
	KUNIT_CASE(own_configuration_has_its_size),		\
	KUNIT_CASE_SLOW(register_and_unregister_under_load),	\
	##__VA_ARGS__, {}					\
}

static struct kunit_case table_cases[] =
	TABLE_CASES(KUNIT_CASE(numbers_of_no_format),
		    KUNIT_CASE(old_call_says_null));

static struct kunit_suite table_suite = {
	.name		= "io_pgtable_tables",
	.suite_init	= find_spare_numbers,
	.init		= fake_init,
	.exit		= fake_exit,
	.test_cases	= table_cases,
};

static struct kunit_case table_cases_named[] = TABLE_CASES();

static struct kunit_suite table_suite_named = {
	.name		= "io_pgtable_tables_of_names",
	.init		= fake_init_named,
	.exit		= fake_exit,
	.test_cases	= table_cases_named,
};

/*
 * Defer or absent, in the probe of a real device
 */

/* Function and result of a probe, passed as platform data */
struct probe {
	int (*todo)(struct device *dev, unsigned int n);
	unsigned int nth;
	int result;
	int runs;
	struct completion succeeded;
};

static int prober_probe(struct platform_device *pdev)
{
	struct probe *p = *(struct probe **)dev_get_platdata(&pdev->dev);

	p->runs++;
	p->result = p->todo(&pdev->dev, p->nth);
	if (!p->result)
		complete(&p->succeeded);
	return p->result;
}

static struct platform_driver prober = {
	.probe	= prober_probe,
	.driver	= { .name = "io-pgtable-kunit" },
};

static struct platform_driver async_prober = {
	.probe	= prober_probe,
	.driver	= {
		.name = "io-pgtable-kunit-async",
		.probe_type = PROBE_PREFER_ASYNCHRONOUS,
	},
};

static int pin_in_probe(struct device *dev, unsigned int n)
{
	return named ? devm_io_pgtable_get_format_named(dev, names[n]) :
		       devm_io_pgtable_get_format(dev, spare[n]);
}

static int alloc_in_probe(struct device *dev, unsigned int n)
{
	struct io_pgtable_cfg cfg = { .iommu_dev = dev };

	return free_or_error(alloc_nth(n, &cfg, NULL));
}

static void remove_device(void *pdev)
{
	platform_device_unregister(pdev);
}

static struct platform_device *probe_device(struct kunit *test, struct probe *p,
					    const char *driver)
{
	struct platform_device *pdev;

	init_completion(&p->succeeded);
	pdev = platform_device_register_data(NULL, driver, PLATFORM_DEVID_AUTO,
					     &p, sizeof(p));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pdev);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, remove_device, pdev), 0);
	return pdev;
}

static void drop_device(struct kunit *test, struct platform_device *pdev)
{
	kunit_release_action(test, remove_device, pdev);
}

static int probe_init(struct kunit *test)
{
	int ret = fake_init(test);

	return ret ?: platform_driver_register(&prober);
}

static int probe_init_named(struct kunit *test)
{
	int ret = fake_init_named(test);

	if (BUILT_IN)
		kunit_skip(test, "built in: this suite's module cannot be unloaded");
	return ret ?: platform_driver_register(&prober);
}

static void probe_exit(struct kunit *test)
{
	if (test->status == KUNIT_SKIPPED)
		return;
	platform_driver_unregister(&prober);
	fake_exit(test);
}

/* A situation, and the result of a probe in it */
struct situation {
	const char *name;
	bool registered;
	bool loads;	/* modprobe loads the format */
	bool answered;	/* the core has waited for modprobe */
	bool configured;
	bool window_open;
	int expected;
	int expected_outside;	/* result outside of any probe */
};

static const struct situation situations[] = {
	{ "registered", true, false, true, true, true, 0, 0 },
	{ "registered, window closed", true, false, true, true, false, 0, 0 },
	{ "loads", false, true, true, true, true, 0, 0 },
	{ "loads late, window closed", false, true, true, true, false, 0, 0 },
	{ "configured", false, false, true, true, true, -EPROBE_DEFER, -ENOENT },
	{ "configured, window closed", false, false, true, true, false, -ENOENT, -ENOENT },
	{ "configured, asked without waiting", false, false, false, true, true,
		-EPROBE_DEFER, -ENOENT },
	{ "configured, asked without waiting, window closed", false, false, false, true,
		false, -EPROBE_DEFER, -ENOENT },
	{ "not configured", false, false, true, false, true, -ENOENT, -ENOENT },
	{ "not configured, window closed", false, false, true, false, false,
		-ENOENT, -ENOENT },
	{ "not configured, loads all the same", false, true, true, false, true, 0, 0 },
	{ "not configured, asked without waiting", false, false, false, false, true,
		-EPROBE_DEFER, -ENOENT },
	{ "not configured, asked without waiting, window closed", false, false, false,
		false, false, -EPROBE_DEFER, -ENOENT },
};

KUNIT_ARRAY_PARAM_DESC(situation, situations, name);

static const struct situation *now;

static bool now_configured(const char *id)
{
	return now->configured;
}

static bool now_window_open(struct device *dev)
{
	return now->window_open;
}

static bool now_request_module(const char *id)
{
	if (now->loads)
		io_pgtable_register_formats(formats, N_FORMATS);
	return now->answered;
}

static void set_situation(struct kunit *test)
{
	now = test->param_value;
	kunit_activate_static_stub(test, io_pgtable_configured, now_configured);
	kunit_activate_static_stub(test, io_pgtable_window_open, now_window_open);
	kunit_deactivate_static_stub(test, io_pgtable_request_module);
	kunit_activate_static_stub(test, io_pgtable_request_module, now_request_module);
	if (now->registered)
		register_all(test);
}

static void unset_situation(struct kunit *test)
{
	if (now->registered || now->loads)
		unregister_all(test);
}

static void probe_pins(struct kunit *test)
{
	struct probe p = { .todo = pin_in_probe, .nth = 0 };
	struct platform_device *pdev;

	set_situation(test);
	pdev = probe_device(test, &p, prober.driver.name);
	KUNIT_EXPECT_EQ(test, p.result, now->expected);
	if (!now->expected)
		KUNIT_EXPECT_EQ(test, atomic_read(&formats[0].pins), 1);
	drop_device(test, pdev);
	unset_situation(test);
}

static void probe_allocates(struct kunit *test)
{
	struct probe p = { .todo = alloc_in_probe, .nth = 0 };
	struct platform_device *pdev;

	set_situation(test);
	pdev = probe_device(test, &p, prober.driver.name);
	KUNIT_EXPECT_EQ(test, p.result, now->expected);
	drop_device(test, pdev);
	unset_situation(test);
}

static void allocates_outside_of_probe(struct kunit *test)
{
	struct probe p = { .todo = pin_in_probe, .nth = 1 };
	struct io_pgtable_cfg cfg = {};
	struct platform_device *pdev;

	set_situation(test);
	KUNIT_EXPECT_EQ(test, refusal(0), now->expected_outside);

	/* The same for a device whose probe has ended */
	pdev = probe_device(test, &p, prober.driver.name);
	cfg.iommu_dev = &pdev->dev;
	KUNIT_EXPECT_EQ(test, free_or_error(alloc_nth(0, &cfg, NULL)), now->expected_outside);
	drop_device(test, pdev);
	unset_situation(test);
}

/*
 * A module that is being unloaded. First its format cannot be pinned. Then its format is
 * unregistered. Only after that the module can be loaded again.
 */
static struct unload {
	struct module module;
	struct delayed_work exit;
	bool gone;
	unsigned int early;	/* requests before the module was gone */
	unsigned int requests;
	unsigned int failures;	/* requests that fail after the module is gone */
	struct completion begun;
	int refusal;		/* result of an allocation on another CPU */
} unload;

static void unload_exit(struct work_struct *work)
{
	io_pgtable_unregister_formats(formats, N_FORMATS);
	WRITE_ONCE(unload.gone, true);
}

static bool load_if_gone(const char *id)
{
	unload.requests++;
	if (!READ_ONCE(unload.gone))
		unload.early++;
	else if (unload.failures)
		unload.failures--;
	else
		io_pgtable_register_formats(formats, N_FORMATS);
	return true;
}

static void begin_unload(struct kunit *test, unsigned int failures)
{
	memset(&unload, 0, sizeof(unload));
	unload.module.state = MODULE_STATE_GOING;
	unload.failures = failures;
	INIT_DELAYED_WORK(&unload.exit, unload_exit);
	kunit_deactivate_static_stub(test, io_pgtable_request_module);
	kunit_activate_static_stub(test, io_pgtable_request_module, load_if_gone);
	KUNIT_ASSERT_EQ(test, __io_pgtable_register_formats(formats, N_FORMATS,
							    &unload.module), 0);
	schedule_delayed_work(&unload.exit, HZ / 10);
}

static void end_unload(struct kunit *test)
{
	flush_delayed_work(&unload.exit);
	io_pgtable_unregister_formats(formats, N_FORMATS);
}

static void unload_is_waited_for(struct kunit *test)
{
	begin_unload(test, 0);
	KUNIT_EXPECT_EQ(test, refusal(0), 0);
	KUNIT_EXPECT_EQ(test, unload.early, 0);
	KUNIT_EXPECT_EQ(test, unload.requests, 1);
	end_unload(test);
}

/* An unload takes the module's last reference before it changes the module's state. */
static void unload_that_has_just_begun_is_waited_for(struct kunit *test)
{
	begin_unload(test, 0);
	unload.module.state = MODULE_STATE_LIVE;
	KUNIT_EXPECT_EQ(test, refusal(0), 0);
	KUNIT_EXPECT_EQ(test, unload.early, 0);
	KUNIT_EXPECT_EQ(test, unload.requests, 1);
	end_unload(test);
}

/* modprobe can fail just before a module is gone. */
static void after_an_unload_modprobe_is_asked_twice(struct kunit *test)
{
	begin_unload(test, 1);
	KUNIT_EXPECT_EQ(test, refusal(0), 0);
	KUNIT_EXPECT_EQ(test, unload.requests, 2);
	end_unload(test);
}

static void unloaded_for_good_is_absent(struct kunit *test)
{
	begin_unload(test, 100);
	KUNIT_EXPECT_EQ(test, refusal(0), -ENOENT);
	KUNIT_EXPECT_EQ(test, unload.requests, 2);
	end_unload(test);
}

static void ask_for_table(struct kunit *test)
{
	unload.refusal = refusal(0);
}

static bool load_when_begun(const char *id)
{
	wait_for_completion(&unload.begun);
	return load_if_gone(id);
}

/*
 * An unload begins after the core has checked for an unload, and before the core requests the
 * module. The core notices the departure of the format, and checks again.
 */
static void unload_that_begins_after_a_look_is_waited_for(struct kunit *test)
{
	unsigned int i, steps = 3;	/* format_pin() twice, format_is_leaving() */
	struct turns turns;

	begin_unload(test, 0);
	cancel_delayed_work_sync(&unload.exit);
	init_completion(&unload.begun);
	kunit_deactivate_static_stub(test, io_pgtable_request_module);
	kunit_activate_static_stub(test, io_pgtable_request_module, load_when_begun);
	/* The format cannot be pinned, and no unload has begun. */
	atomic_set(&unload.module.refcnt, 2);

	turns_begin(&turns, test, ask_for_table);
	for (i = 0; i < steps && turns_pass(); i++)
		;
	atomic_set(&unload.module.refcnt, 0);
	turns_let_go();
	complete_all(&unload.begun);
	schedule_delayed_work(&unload.exit, HZ / 10);
	turns_end(&turns);

	KUNIT_EXPECT_EQ(test, i, steps);
	KUNIT_EXPECT_EQ(test, unload.refusal, 0);
	KUNIT_EXPECT_EQ(test, unload.early, 0);
	KUNIT_EXPECT_EQ(test, unload.requests, 1);
	end_unload(test);
}

static bool closed_window(struct device *dev)
{
	return false;
}

static void probe_waits_for_unload(struct kunit *test)
{
	struct probe p = { .todo = pin_in_probe, .nth = 0 };
	struct platform_device *pdev;

	kunit_activate_static_stub(test, io_pgtable_window_open, closed_window);
	begin_unload(test, 1);
	pdev = probe_device(test, &p, prober.driver.name);
	KUNIT_EXPECT_EQ(test, p.result, 0);
	KUNIT_EXPECT_EQ(test, p.runs, 1);
	KUNIT_EXPECT_EQ(test, later, 0);
	drop_device(test, pdev);
	end_unload(test);
}

/* The wait is limited, since the unload may be waiting for a lock that the caller holds. */
static void endless_unload_is_left_alone(struct kunit *test)
{
	struct probe p = { .todo = pin_in_probe, .nth = 0 };
	struct platform_device *pdev;

	kunit_activate_static_stub(test, io_pgtable_window_open, closed_window);
	begin_unload(test, 0);
	cancel_delayed_work_sync(&unload.exit);
	pdev = probe_device(test, &p, prober.driver.name);
	KUNIT_EXPECT_EQ(test, p.result, -EPROBE_DEFER);
	KUNIT_EXPECT_EQ(test, later, 1);
	drop_device(test, pdev);
	end_unload(test);
}

/* The module is unloaded during the first request, and cannot be loaded again. */
static bool gone_when_asked_for(const char *id)
{
	if (!unload.requests++)
		unload_exit(NULL);
	return true;
}

static struct kunit *stubs;	/* the test whose stubs an async probe uses */

static int pin_in_async_probe(struct device *dev, unsigned int n)
{
	int ret;

	current->kunit_test = stubs;
	ret = pin_in_probe(dev, n);
	current->kunit_test = NULL;
	return ret;
}

/*
 * A result of modprobe during an unload is not conclusive, even if the module is gone at the next
 * check. An async probe does not wait for the unload, so it reaches this point at once.
 */
static void answer_during_an_unload_is_none(struct kunit *test)
{
	struct probe p = { .todo = pin_in_async_probe, .nth = 0 };
	struct platform_device *pdev;

	stubs = test;
	kunit_activate_static_stub(test, io_pgtable_window_open, closed_window);
	begin_unload(test, 0);
	cancel_delayed_work_sync(&unload.exit);
	kunit_deactivate_static_stub(test, io_pgtable_request_module);
	kunit_activate_static_stub(test, io_pgtable_request_module, gone_when_asked_for);
	KUNIT_ASSERT_EQ(test, platform_driver_register(&async_prober), 0);
	pdev = probe_device(test, &p, async_prober.driver.name);
	wait_for_device_probe();
	KUNIT_EXPECT_EQ(test, p.result, -EPROBE_DEFER);
	KUNIT_EXPECT_EQ(test, later, 1);
	drop_device(test, pdev);
	platform_driver_unregister(&async_prober);
	end_unload(test);
}

static int pin_if_there(struct device *dev, unsigned int n)
{
	return devm_io_pgtable_get_format_optional(dev, spare[n]);
}

static void optional_format_is_never_waited_for(struct kunit *test)
{
	struct probe p = { .todo = pin_if_there, .nth = 0 };
	struct platform_device *pdev;

	set_situation(test);
	pdev = probe_device(test, &p, prober.driver.name);
	KUNIT_EXPECT_EQ(test, p.result, 0);
	KUNIT_EXPECT_EQ(test, p.runs, 1);
	if (!now->expected)
		KUNIT_EXPECT_EQ(test, atomic_read(&formats[0].pins), 1);
	drop_device(test, pdev);
	unset_situation(test);
}

static void bound_driver_holds_the_format(struct kunit *test)
{
	struct probe p = { .todo = pin_in_probe, .nth = 0 };
	struct platform_device *pdev;

	register_all(test);
	pdev = probe_device(test, &p, prober.driver.name);
	KUNIT_EXPECT_EQ(test, p.result, 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(formats, N_FORMATS),
			-EBUSY);
	drop_device(test, pdev);
	KUNIT_EXPECT_EQ(test, atomic_read(&formats[0].pins), 0);
	unregister_all(test);
}

/* Only the core triggers deferred probes here. */
static void arriving_format_wakes_who_waits(struct kunit *test)
{
	static const struct situation waiting = {
		.answered = true, .configured = true, .window_open = true,
	};
	struct probe p = { .todo = pin_in_probe, .nth = 0 };
	struct platform_device *pdev;

	now = &waiting;
	kunit_activate_static_stub(test, io_pgtable_configured, now_configured);
	kunit_activate_static_stub(test, io_pgtable_window_open, now_window_open);
	pdev = probe_device(test, &p, prober.driver.name);
	KUNIT_EXPECT_EQ(test, p.result, -EPROBE_DEFER);
	register_all(test);
	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&p.succeeded, HZ), 0);
	KUNIT_EXPECT_GE(test, p.runs, 2);
	drop_device(test, pdev);
	unregister_all(test);
}

/*
 * Runs the real core: stubs are only active in the thread of the test. A wait for modprobe in an
 * async probe would WARN, and would hang if a module's init waits for that probe.
 */
static void async_probe_does_not_wait(struct kunit *test)
{
	struct probe p = { .todo = pin_in_probe, .nth = 0 };
	struct platform_device *pdev;

	KUNIT_ASSERT_EQ(test, platform_driver_register(&async_prober), 0);
	pdev = probe_device(test, &p, async_prober.driver.name);
	wait_for_device_probe();
	KUNIT_EXPECT_GT(test, p.runs, 0);
	KUNIT_EXPECT_EQ(test, p.result, -EPROBE_DEFER);
	drop_device(test, pdev);
	platform_driver_unregister(&async_prober);
}

struct async_alloc {
	struct kunit *test;
	int err;
};

static void alloc_in_async_work(void *data, async_cookie_t cookie)
{
	struct async_alloc *alloc = data;
	struct io_pgtable_cfg cfg = { };

	current->kunit_test = alloc->test;
	alloc->err = free_or_error(alloc_nth(0, &cfg, NULL));
	current->kunit_test = NULL;
}

/*
 * The IOMMU core makes a table in the async probe of a master, long after the probe of the IOMMU.
 * The probe cannot wait for modprobe, and is run again when the format is registered.
 */
static void async_probe_of_another_device_is_deferred(struct kunit *test)
{
	ASYNC_DOMAIN_EXCLUSIVE(domain);
	struct async_alloc alloc = { .test = test };

	kunit_deactivate_static_stub(test, io_pgtable_request_module);
	async_schedule_domain(alloc_in_async_work, &alloc, &domain);
	async_synchronize_full_domain(&domain);
	KUNIT_EXPECT_EQ(test, alloc.err, -EPROBE_DEFER);
	KUNIT_EXPECT_EQ(test, later, 1);
}

#define PROBE_CASES(...)							\
{										\
	KUNIT_CASE_PARAM(probe_pins, situation_gen_params),			\
	KUNIT_CASE_PARAM(probe_allocates, situation_gen_params),		\
	KUNIT_CASE_PARAM(allocates_outside_of_probe, situation_gen_params),	\
	KUNIT_CASE(unload_is_waited_for),					\
	KUNIT_CASE(unload_that_has_just_begun_is_waited_for),			\
	KUNIT_CASE(unload_that_begins_after_a_look_is_waited_for),		\
	KUNIT_CASE(after_an_unload_modprobe_is_asked_twice),			\
	KUNIT_CASE(unloaded_for_good_is_absent),				\
	KUNIT_CASE(probe_waits_for_unload),					\
	KUNIT_CASE_SLOW(endless_unload_is_left_alone),				\
	KUNIT_CASE(answer_during_an_unload_is_none),				\
	KUNIT_CASE(bound_driver_holds_the_format),				\
	KUNIT_CASE(arriving_format_wakes_who_waits),				\
	KUNIT_CASE(async_probe_does_not_wait),					\
	KUNIT_CASE(async_probe_of_another_device_is_deferred),			\
	##__VA_ARGS__, {}							\
}

static struct kunit_case probe_cases[] =
	PROBE_CASES(KUNIT_CASE_PARAM(optional_format_is_never_waited_for, situation_gen_params));

static struct kunit_suite probe_suite = {
	.name		= "io_pgtable_defer_or_absent",
	.suite_init	= find_spare_numbers,
	.init		= probe_init,
	.exit		= probe_exit,
	.test_cases	= probe_cases,
};

static struct kunit_case probe_cases_named[] = PROBE_CASES();

static struct kunit_suite probe_suite_named = {
	.name		= "io_pgtable_defer_or_absent_of_names",
	.init		= probe_init_named,
	.exit		= probe_exit,
	.test_cases	= probe_cases_named,
};

/*
 * Names
 */

static const struct name {
	const char *name;
	const char *text;	/* the name to check, if not @name */
	bool valid;
} name_rows[] = {
	{ "kunit,name", .valid = true },
	{ "k,n", .valid = true },
	{ "a.b-c_d+9,e.f-g_h+0", .valid = true },
	{ "0123456789,012345678901234567890123456789", .valid = false },
	{ "0123456789,01234567890123456789012345678", .valid = true },
	{ "empty", "", false },
	{ "no_comma", .valid = false },
	{ "two,commas,kunit", .valid = false },
	{ "no vendor", ",kunit", false },
	{ "no format", "kunit,", false },
	{ "comma", ",", false },
	{ "Kunit,upper", .valid = false },
	{ "kunit,uppeR", .valid = false },
	{ "kunit,per%cent", .valid = false },
	{ "kunit,per%s", .valid = false },
	{ "kunit/slash,a", .valid = false },
	{ "kunit,../a", .valid = false },
	{ "kunit,star*", .valid = false },
	{ "kunit,question?", .valid = false },
	{ "kunit,[a-z]", .valid = false },
	{ "kunit,a b", .valid = false },
	{ "newline", "kunit,a\n", false },
	{ "kunit,umlaut\xc3\xa4", .valid = false },
	{ "every format", "*", false },
};

KUNIT_ARRAY_PARAM_DESC(name, name_rows, name);

/* Names are checked at registration and at look-up. An invalid name never reaches modprobe. */
static void names_are_checked(struct kunit *test)
{
	const struct name *row = test->param_value;
	struct io_pgtable_format f = { .name = row->text ?: row->name, .fns = &fake_fns };
	struct io_pgtable_cfg cfg = {};

	KUNIT_EXPECT_EQ(test, free_or_error(io_pgtable_alloc_named(f.name, &cfg, NULL)),
			row->valid ? -ENOENT : -EINVAL);
	KUNIT_EXPECT_EQ(test, loads > 0, row->valid);
	KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(&f, 1), row->valid ? 0 : -EINVAL);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&f, 1), row->valid ? 0 : -ENOENT);
	if (!row->valid)
		KUNIT_EXPECT_EQ(test, devm_io_pgtable_get_format_named(NULL, f.name), -EINVAL);
}

static void no_name_is_refused(struct kunit *test)
{
	struct io_pgtable_cfg cfg = {};

	KUNIT_EXPECT_EQ(test, PTR_ERR(io_pgtable_alloc_named(NULL, &cfg, NULL)), -EINVAL);
	KUNIT_EXPECT_EQ(test, devm_io_pgtable_get_format_named(NULL, NULL), -EINVAL);
}

/*
 * A format with a number can also be found by its name. The highest priority makes it the first
 * one, even if a real implementation is built in.
 */
static void number_is_found_by_its_name(struct kunit *test)
{
	struct io_pgtable_format f = { .fmt = APPLE_DART2, .fns = &fake_fns, .priority = INT_MAX };
	struct io_pgtable_cfg cfg = {};
	struct io_pgtable_ops *ops;

	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&f, 1), 0);
	ops = io_pgtable_alloc_named("APPLE_DART2", &cfg, NULL);
	KUNIT_EXPECT_FALSE(test, IS_ERR_OR_NULL(ops));
	if (!IS_ERR_OR_NULL(ops)) {
		KUNIT_EXPECT_EQ(test, io_pgtable_ops_to_pgtable(ops)->fmt, APPLE_DART2);
		free_io_pgtable_ops(ops);
	}
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&f, 1), 0);
}

/* The kernel's configuration does not tell whether a format with a name can arrive. */
static void name_may_always_arrive(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, io_pgtable_configured(names[0]));
}

static struct kunit_case name_cases[] = {
	KUNIT_CASE_PARAM(names_are_checked, name_gen_params),
	KUNIT_CASE(no_name_is_refused),
	KUNIT_CASE(number_is_found_by_its_name),
	KUNIT_CASE(name_may_always_arrive),
	{}
};

static struct kunit_suite name_suite = {
	.name		= "io_pgtable_names",
	.init		= fake_init_named,
	.exit		= fake_exit,
	.test_cases	= name_cases,
};

kunit_test_suites(&registry_suite, &registry_suite_named, &table_suite, &table_suite_named,
		  &probe_suite, &probe_suite_named, &name_suite);

IMPORT_EXPORTED_FOR_KUNIT();
MODULE_DESCRIPTION("KUnit tests of the io-pgtable core");
MODULE_LICENSE("GPL");
