// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suites of several implementations of one format in the io-pgtable core. They check which
 * implementation makes a table, whatever the order of registration and unregistration, how layers
 * are stacked on implementations, and what debugfs shows.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/io-pgtable-format.h>
#include <linux/platform_device.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../../core.h"
#include "../compat.h"
#include "turns.h"

#define NAME	"kunit,several"
#define N	3	/* implementations: a higher index has a higher priority */

static struct {
	int tables;
	int layers;		/* number of tables that layers have made */
	bool leave_alone;	/* the layer leaves the table to the implementation below */
	unsigned long quirks;	/* of the last table */
	struct io_pgtable_below below;	/* argument of the layer's last alloc_over() */
} fake;

static struct io_pgtable *fake_alloc(struct io_pgtable_cfg *cfg, void *cookie)
{
	struct io_pgtable *iop = kzalloc(sizeof(*iop), GFP_KERNEL);

	if (!iop)
		return ERR_PTR(-ENOMEM);
	fake.tables++;
	fake.quirks = cfg->quirks;
	return iop;
}

static struct io_pgtable *failing_alloc(struct io_pgtable_cfg *cfg, void *cookie)
{
	return ERR_PTR(-ERANGE);
}

static void fake_free(struct io_pgtable *iop)
{
	fake.tables--;
	kfree(iop);
}

static const struct io_pgtable_init_fns fake_fns = { .alloc = fake_alloc, .free = fake_free };
static const struct io_pgtable_init_fns failing_fns = { .alloc = failing_alloc, .free = fake_free };

static const struct io_pgtable_init_fns fake_fns_optional_quirks = {
	.alloc = fake_alloc, .free = fake_free, .caps = IO_PGTABLE_CAP_OPTIONAL_QUIRKS,
};

/* A table on top of another one */
struct layer {
	struct io_pgtable iop;
	struct io_pgtable_ops *inner;
};

static struct io_pgtable *layer_alloc_over(const struct io_pgtable_below *below,
					   struct io_pgtable_cfg *cfg, void *cookie)
{
	struct layer *layer;

	fake.below = *below;
	if (fake.leave_alone)
		return NULL;
	layer = kzalloc(sizeof(*layer), GFP_KERNEL);
	if (!layer)
		return ERR_PTR(-ENOMEM);
	layer->inner = io_pgtable_alloc_below(below, cfg, cookie);
	if (IS_ERR(layer->inner)) {
		struct io_pgtable *error = ERR_CAST(layer->inner);

		kfree(layer);
		return error;
	}
	fake.layers++;
	return &layer->iop;
}

static void layer_free(struct io_pgtable *iop)
{
	struct layer *layer = container_of(iop, struct layer, iop);

	free_io_pgtable_ops(layer->inner);
	fake.layers--;
	kfree(layer);
}

static const struct io_pgtable_init_fns layer_fns = {
	.alloc_over = layer_alloc_over, .free = layer_free,
};

static struct io_pgtable_format implementations[N];
static struct io_pgtable_format layer;
/* A module during rmmod. It is too large for the stack of 32-bit kernels. */
static struct module leaving = { .state = MODULE_STATE_GOING, .name = "leaving" };

static bool never_loads(const char *id)
{
	return true;
}

static int several_init(struct kunit *test)
{
	unsigned int i;

	memset(&fake, 0, sizeof(fake));
	for (i = 0; i < N; i++)
		implementations[i] = (struct io_pgtable_format) {
			.name = NAME, .priority = 10 * i - 10, .fns = &fake_fns,
		};
	layer = (struct io_pgtable_format) {
		.name = IO_PGTABLE_EVERY_FORMAT, .priority = 100, .fns = &layer_fns,
	};
	kunit_activate_static_stub(test, io_pgtable_request_module, never_loads);
	return 0;
}

static void several_exit(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, fake.tables, 0);
	KUNIT_EXPECT_EQ(test, fake.layers, 0);
	for (i = 0; i < N; i++)
		KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&implementations[i], 1),
				-ENOENT);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&layer, 1), -ENOENT);
}

static void add(struct kunit *test, unsigned int i)
{
	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&implementations[i], 1), 0);
}

static void drop(struct kunit *test, unsigned int i)
{
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&implementations[i], 1), 0);
}

static void add_all(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(implementations, N), 0);
}

static void drop_all(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(implementations, N), 0);
}

static struct io_pgtable_ops *table_or_error(void)
{
	struct io_pgtable_cfg cfg = {};

	return io_pgtable_alloc_named(NAME, &cfg, NULL);
}

static struct io_pgtable_ops *table(struct kunit *test)
{
	struct io_pgtable_ops *ops = table_or_error();

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ops);
	return ops;
}

static struct io_pgtable_format *maker(struct io_pgtable_ops *ops)
{
	return io_pgtable_ops_to_pgtable(ops)->format;
}

/* Return: the implementation that makes a new table, or NULL if there is none */
static struct io_pgtable_format *chosen(struct kunit *test)
{
	struct io_pgtable_ops *ops = table_or_error();
	struct io_pgtable_format *f;

	if (IS_ERR(ops)) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(ops), -ENOENT);
		return NULL;
	}
	f = maker(ops);
	free_io_pgtable_ops(ops);
	return f;
}

/*
 * All orders
 */

static const struct order {
	unsigned int at[N];
} orders[] = {
	{ { 0, 1, 2 } }, { { 0, 2, 1 } }, { { 1, 0, 2 } }, { { 1, 2, 0 } }, { { 2, 0, 1 } },
	{ { 2, 1, 0 } },
};

static void order_desc(const struct order *order, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u %u %u", order->at[0], order->at[1], order->at[2]);
}

KUNIT_ARRAY_PARAM(order, orders, order_desc);

static struct io_pgtable_format *best_of(const bool *there)
{
	int i;

	for (i = N - 1; i >= 0 && !there[i]; i--)
		;
	return i < 0 ? NULL : &implementations[i];
}

/*
 * Register the implementations in one order, making a table after each, and unregister them in
 * another order. A table keeps the implementation that made it. An implementation that has tables
 * cannot be unregistered.
 */
static void come_and_go(struct kunit *test, const struct order *come, const struct order *go)
{
	struct io_pgtable_ops *tables[N];
	bool there[N] = {};
	unsigned int i, k;

	for (i = 0; i < N; i++) {
		add(test, come->at[i]);
		there[come->at[i]] = true;
		tables[i] = table(test);
		KUNIT_EXPECT_PTR_EQ(test, maker(tables[i]), best_of(there));
	}
	for (i = 0; i < N; i++) {
		struct io_pgtable_format *leaves = &implementations[go->at[i]];
		int busy = 0;

		for (k = 0; k < N; k++)
			busy += tables[k] && maker(tables[k]) == leaves;
		KUNIT_EXPECT_EQ(test, atomic_read(&leaves->pins), busy);
		for (k = 0; k < N; k++) {
			if (!tables[k] || maker(tables[k]) != leaves)
				continue;
			KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(leaves, 1), -EBUSY);
			free_io_pgtable_ops(tables[k]);
			tables[k] = NULL;
		}
		drop(test, go->at[i]);
		there[go->at[i]] = false;
		KUNIT_EXPECT_PTR_EQ(test, chosen(test), best_of(there));
	}
}

static void best_one_makes_tables(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(orders); i++)
		come_and_go(test, test->param_value, &orders[i]);
}

static void same_priority_is_refused(struct kunit *test)
{
	struct io_pgtable_format twin = implementations[1];

	add_all(test);
	KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(&twin, 1), -EEXIST);
	twin.priority++;
	KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(&twin, 1), 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&twin, 1), 0);
	drop_all(test);
}

static void extreme_priorities(struct kunit *test)
{
	implementations[0].priority = INT_MIN;
	implementations[2].priority = INT_MAX;
	add_all(test);
	KUNIT_EXPECT_PTR_EQ(test, chosen(test), &implementations[2]);
	drop(test, 2);
	KUNIT_EXPECT_PTR_EQ(test, chosen(test), &implementations[1]);
	drop(test, 1);
	KUNIT_EXPECT_PTR_EQ(test, chosen(test), &implementations[0]);
	drop(test, 0);
}

/*
 * The core does not try the next implementation after an error. Usually the caller's configuration
 * is the cause, and the next implementation would refuse it, too.
 */
static void error_of_the_best_is_the_answer(struct kunit *test)
{
	implementations[2].fns = &failing_fns;
	add_all(test);
	KUNIT_EXPECT_EQ(test, PTR_ERR(table_or_error()), -ERANGE);
	KUNIT_EXPECT_EQ(test, atomic_read(&implementations[2].pins), 0);
	drop_all(test);
}

/* Make a table with optional quirks and another one. Return: the quirks that are left */
static unsigned long quirks_left(struct kunit *test)
{
	struct io_pgtable_cfg cfg = {
		.quirks = IO_PGTABLE_QUIRK_ARM_NS | IO_PGTABLE_QUIRKS_OPTIONAL,
	};
	struct io_pgtable_ops *ops = io_pgtable_alloc_named(NAME, &cfg, NULL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ops);
	KUNIT_EXPECT_EQ(test, cfg.quirks, fake.quirks);
	free_io_pgtable_ops(ops);
	return fake.quirks;
}

/* A driver sets these quirks for any implementation, and an old one would refuse them. */
static void optional_quirks_are_for_those_that_know_them(struct kunit *test)
{
	unsigned long all = IO_PGTABLE_QUIRK_ARM_NS | IO_PGTABLE_QUIRKS_OPTIONAL;

	implementations[2].fns = &fake_fns_optional_quirks;
	add_all(test);
	KUNIT_EXPECT_EQ(test, quirks_left(test), all);
	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&layer, 1), 0);
	KUNIT_EXPECT_EQ(test, quirks_left(test), all);
	drop(test, 2);
	KUNIT_EXPECT_EQ(test, quirks_left(test), IO_PGTABLE_QUIRK_ARM_NS);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&layer, 1), 0);
	KUNIT_EXPECT_EQ(test, quirks_left(test), IO_PGTABLE_QUIRK_ARM_NS);
	drop(test, 1);
	drop(test, 0);
}

static void error_leaves_the_quirks(struct kunit *test)
{
	struct io_pgtable_cfg cfg = { .quirks = IO_PGTABLE_QUIRKS_OPTIONAL };

	implementations[2].fns = &failing_fns;
	add(test, 2);
	KUNIT_EXPECT_EQ(test, PTR_ERR(io_pgtable_alloc_named(NAME, &cfg, NULL)), -ERANGE);
	KUNIT_EXPECT_EQ(test, cfg.quirks, IO_PGTABLE_QUIRKS_OPTIONAL);
	drop(test, 2);
}

static void one_on_its_way_out_is_passed_over(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, __io_pgtable_register_formats(&implementations[2], 1, &leaving), 0);
	add(test, 0);
	KUNIT_EXPECT_PTR_EQ(test, chosen(test), &implementations[0]);
	drop(test, 0);
	drop(test, 2);
}

static void one_that_has_failed_is_passed_over(struct kunit *test)
{
	add_all(test);
	implementations[2].failed = true;
	KUNIT_EXPECT_PTR_EQ(test, chosen(test), &implementations[1]);
	drop_all(test);
	implementations[0].failed = false;
	add(test, 0);
	implementations[0].failed = true;
	KUNIT_EXPECT_NULL(test, chosen(test));
	drop(test, 0);
}

/*
 * Pins of drivers
 */

static int holder_probe(struct platform_device *pdev)
{
	return devm_io_pgtable_get_format_named(&pdev->dev, NAME);
}

static struct platform_driver holder_driver = {
	.probe	= holder_probe,
	.driver	= { .name = "io-pgtable-kunit-holder" },
};

static void remove_holder(void *pdev)
{
	platform_device_unregister(pdev);
}

static struct platform_device *hold(struct kunit *test)
{
	struct platform_device *pdev;

	pdev = platform_device_register_simple(holder_driver.driver.name, PLATFORM_DEVID_AUTO,
					       NULL, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pdev);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, remove_holder, pdev), 0);
	KUNIT_ASSERT_TRUE(test, device_is_bound(&pdev->dev));
	return pdev;
}

static int holders_init(struct kunit *test)
{
	int ret = several_init(test);

	return ret ?: platform_driver_register(&holder_driver);
}

static void holders_exit(struct kunit *test)
{
	platform_driver_unregister(&holder_driver);
	several_exit(test);
}

/*
 * Whatever the order of registration, the drivers pin the implementation with the lowest priority,
 * so that the others can be unregistered.
 */
static void drivers_hold_the_last_one(struct kunit *test)
{
	const struct order *order = test->param_value;
	struct platform_device *holders[N];
	unsigned int i;

	for (i = 0; i < N; i++) {
		add(test, order->at[i]);
		holders[i] = hold(test);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&implementations[0].pins), N);
	KUNIT_EXPECT_EQ(test, atomic_read(&implementations[1].pins), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&implementations[2].pins), 0);
	KUNIT_EXPECT_PTR_EQ(test, chosen(test), &implementations[2]);
	drop(test, 2);
	drop(test, 1);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&implementations[0], 1), -EBUSY);
	for (i = 0; i < N; i++)
		kunit_release_action(test, remove_holder, holders[i]);
	drop(test, 0);
}

/* When pins move to another implementation, its module is pinned, and the old one is released. */
static void moved_drivers_hold_the_module(struct kunit *test)
{
	struct platform_device *holder;
	int idle;

	if (!IS_MODULE(CONFIG_IOMMU_IO_PGTABLE_KUNIT_TEST) || !IS_ENABLED(CONFIG_MODULE_UNLOAD))
		kunit_skip(test, "needs this suite as a module that can be unloaded");

	idle = module_refcount(THIS_MODULE);
	KUNIT_ASSERT_EQ(test, __io_pgtable_register_formats(&implementations[1], 1, NULL), 0);
	holder = hold(test);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), idle);
	add(test, 0);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), idle + 1);
	kunit_release_action(test, remove_holder, holder);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), idle);
	drop(test, 0);
	drop(test, 1);
}

static struct platform_device *late_holder;

static void register_late_holder(struct kunit *test)
{
	late_holder = platform_device_register_simple(holder_driver.driver.name,
						      PLATFORM_DEVID_AUTO, NULL, 0);
}

/*
 * Another one, which is worse, is registered when a driver has pinned the better one and does not
 * hold it yet: nothing moves the driver then.
 */
static void worse_one_comes_while_a_driver_pins(struct kunit *test)
{
	struct io_pgtable_format *better = &implementations[1], *worse = &implementations[0];
	struct turns turns;
	bool pinned;

	add(test, 0);
	add(test, 1);
	turns_begin(&turns, test, register_late_holder);
	/* It is registered under the lock, by hand. */
	list_del(&worse->node);
	pinned = turns_pass();		/* format_pin() */
	list_add(&worse->node, &better->node);
	turns_let_go();
	turns_end(&turns);

	KUNIT_EXPECT_TRUE(test, pinned);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, late_holder);
	KUNIT_EXPECT_EQ(test, atomic_read(&worse->pins), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&better->pins), 0);
	platform_device_unregister(late_holder);
	drop(test, 1);
	drop(test, 0);
}

static void drivers_hold_no_layer(struct kunit *test)
{
	struct platform_device *holder;

	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&layer, 1), 0);
	add(test, 1);
	holder = hold(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&layer.pins), 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&layer, 1), 0);
	kunit_release_action(test, remove_holder, holder);
	drop(test, 1);
}

/*
 * Layers
 */

static void layer_is_on_top(struct kunit *test)
{
	struct io_pgtable_ops *ops;

	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&layer, 1), 0);
	KUNIT_EXPECT_NULL(test, chosen(test));
	add_all(test);
	ops = table(test);
	KUNIT_EXPECT_PTR_EQ(test, maker(ops), &layer);
	KUNIT_EXPECT_PTR_EQ(test, fake.below.format, &implementations[2]);
	KUNIT_EXPECT_STREQ(test, fake.below.name, NAME);
	KUNIT_EXPECT_EQ(test, fake.below.fmt, IO_PGTABLE_NUM_FMTS);
	KUNIT_EXPECT_EQ(test, atomic_read(&layer.pins), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&implementations[2].pins), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&implementations[0].pins), 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&layer, 1), -EBUSY);
	free_io_pgtable_ops(ops);
	drop_all(test);
	KUNIT_EXPECT_NULL(test, chosen(test));
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&layer, 1), 0);
}

static void layer_may_leave_a_table_alone(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&layer, 1), 0);
	add_all(test);
	fake.leave_alone = true;
	KUNIT_EXPECT_PTR_EQ(test, chosen(test), &implementations[2]);
	KUNIT_EXPECT_EQ(test, atomic_read(&layer.pins), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&implementations[2].pins), 0);
	drop_all(test);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&layer, 1), 0);
}

static void layer_passes_errors_on(struct kunit *test)
{
	implementations[2].fns = &failing_fns;
	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&layer, 1), 0);
	add_all(test);
	KUNIT_EXPECT_EQ(test, PTR_ERR(table_or_error()), -ERANGE);
	KUNIT_EXPECT_EQ(test, atomic_read(&layer.pins), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&implementations[2].pins), 0);
	drop_all(test);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&layer, 1), 0);
}

/*
 * One layer is between two implementations of this format. Another layer is for every format, and
 * is on top.
 */
static void layers_on_layers(struct kunit *test)
{
	struct io_pgtable_ops *ops;

	implementations[1].fns = &layer_fns;
	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&layer, 1), 0);
	add(test, 1);
	KUNIT_EXPECT_NULL(test, chosen(test));
	add(test, 0);
	ops = table(test);
	KUNIT_EXPECT_EQ(test, fake.layers, 2);
	KUNIT_EXPECT_PTR_EQ(test, maker(ops), &layer);
	KUNIT_EXPECT_EQ(test, atomic_read(&implementations[1].pins), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&implementations[0].pins), 1);
	add(test, 2);	/* has a higher priority than this format's layer, which is unused then */
	free_io_pgtable_ops(ops);
	ops = table(test);
	KUNIT_EXPECT_EQ(test, fake.layers, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&implementations[2].pins), 1);
	free_io_pgtable_ops(ops);
	drop_all(test);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&layer, 1), 0);
}

static bool loads_the_best(const char *id)
{
	io_pgtable_register_formats(&implementations[2], 1);
	return true;
}

/* modprobe loads an implementation with a higher priority than that of the only layer. */
static void base_above_the_layer_is_loaded(struct kunit *test)
{
	implementations[1].fns = &layer_fns;
	add(test, 1);
	kunit_deactivate_static_stub(test, io_pgtable_request_module);
	kunit_activate_static_stub(test, io_pgtable_request_module, loads_the_best);
	KUNIT_EXPECT_PTR_EQ(test, chosen(test), &implementations[2]);
	KUNIT_EXPECT_EQ(test, atomic_read(&implementations[1].pins), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&implementations[2].pins), 0);
	drop(test, 1);
	drop(test, 2);
}

static void every_format_is_for_layers_only(struct kunit *test)
{
	layer.fns = &fake_fns;
	KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(&layer, 1), -EINVAL);
}

/*
 * Contents of debugfs
 */

static char *formats_file(struct kunit *test)
{
	struct seq_file file = { .size = SZ_16K };

	file.buf = kunit_kzalloc(test, file.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, file.buf);
	KUNIT_EXPECT_EQ(test, io_pgtable_formats_show(&file, NULL), 0);
	KUNIT_ASSERT_LT(test, file.count, file.size);
	return file.buf;
}

/* Reduce spaces to one between words, and to none at the start of the text. */
static char *squeeze(char *text)
{
	char *from, *to = text;

	for (from = text; *from; from++)
		if (*from != ' ' || (to > text && to[-1] != ' '))
			*to++ = *from;
	*to = '\0';
	return strim(text);
}

/* Return: the fields of a format's line that follow the priority */
static char *line_of(struct kunit *test, const char *name, int priority)
{
	char *text = formats_file(test), *line, *fields;

	while ((line = strsep(&text, "\n"))) {
		char found[48], number[8], module[64], rest[128] = "";
		int p;

		if (sscanf(line, "%47s %7s %63s %d %127[^\n]", found, number, module, &p,
			   rest) >= 4 && !strcmp(found, name) && p == priority) {
			fields = kunit_kzalloc(test, 256, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, fields);
			snprintf(fields, 256, "%s %s %s", number, module, rest);
			return squeeze(fields);
		}
	}
	KUNIT_FAIL(test, "no line for %s with priority %d\n", name, priority);
	return "";
}

static void debugfs_lists_implementations(struct kunit *test)
{
	struct io_pgtable_format other = { .fmt = APPLE_DART2, .priority = 77, .fns = &fake_fns };
	struct platform_device *holder;
	struct io_pgtable_ops *ops;
	char expected[128];

	add(test, 0);
	add(test, 1);
	KUNIT_ASSERT_EQ(test, __io_pgtable_register_formats(&implementations[2], 1, &leaving), 0);
	KUNIT_ASSERT_EQ(test, __io_pgtable_register_formats(&other, 1, NULL), 0);
	holder = hold(test);
	ops = table(test);

	snprintf(expected, sizeof(expected), "- %.56s ready 0 %.40s", module_name(THIS_MODULE),
		 dev_name(&holder->dev));
	KUNIT_EXPECT_STREQ(test, line_of(test, NAME, -10), expected);
	snprintf(expected, sizeof(expected), "- %.56s ready 1", module_name(THIS_MODULE));
	KUNIT_EXPECT_STREQ(test, line_of(test, NAME, 0), expected);
	KUNIT_EXPECT_STREQ(test, line_of(test, NAME, 10), "- leaving going 0");
	KUNIT_EXPECT_STREQ(test, line_of(test, "APPLE_DART2", 77), "9 kernel ready 0");
	other.failed = true;
	KUNIT_EXPECT_STREQ(test, line_of(test, "APPLE_DART2", 77), "9 kernel failed 0");

	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&other, 1), 0);
	free_io_pgtable_ops(ops);
	kunit_release_action(test, remove_holder, holder);
	drop_all(test);
}

static struct kunit_case several_cases[] = {
	KUNIT_CASE_PARAM(best_one_makes_tables, order_gen_params),
	KUNIT_CASE(same_priority_is_refused),
	KUNIT_CASE(extreme_priorities),
	KUNIT_CASE(error_of_the_best_is_the_answer),
	KUNIT_CASE(optional_quirks_are_for_those_that_know_them),
	KUNIT_CASE(error_leaves_the_quirks),
	KUNIT_CASE(one_on_its_way_out_is_passed_over),
	KUNIT_CASE(one_that_has_failed_is_passed_over),
	{}
};

static struct kunit_suite several_suite = {
	.name		= "io_pgtable_implementations",
	.init		= several_init,
	.exit		= several_exit,
	.test_cases	= several_cases,
};

static struct kunit_case holder_cases[] = {
	KUNIT_CASE_PARAM(drivers_hold_the_last_one, order_gen_params),
	KUNIT_CASE(moved_drivers_hold_the_module),
	KUNIT_CASE(worse_one_comes_while_a_driver_pins),
	KUNIT_CASE(drivers_hold_no_layer),
	KUNIT_CASE(debugfs_lists_implementations),
	{}
};

static struct kunit_suite holder_suite = {
	.name		= "io_pgtable_holders",
	.init		= holders_init,
	.exit		= holders_exit,
	.test_cases	= holder_cases,
};

static struct kunit_case layer_cases[] = {
	KUNIT_CASE(layer_is_on_top),
	KUNIT_CASE(layer_may_leave_a_table_alone),
	KUNIT_CASE(layer_passes_errors_on),
	KUNIT_CASE(layers_on_layers),
	KUNIT_CASE(base_above_the_layer_is_loaded),
	KUNIT_CASE(every_format_is_for_layers_only),
	{}
};

static struct kunit_suite layer_suite = {
	.name		= "io_pgtable_layers",
	.init		= several_init,
	.exit		= several_exit,
	.test_cases	= layer_cases,
};

kunit_test_suites(&several_suite, &holder_suite, &layer_suite);

IMPORT_EXPORTED_FOR_KUNIT();
MODULE_DESCRIPTION("KUnit tests of several io-pgtable implementations");
MODULE_LICENSE("GPL");
