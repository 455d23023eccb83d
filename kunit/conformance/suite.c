// SPDX-License-Identifier: GPL-2.0-only
/*
 * The suite that runs: the claims of its format, and the kinds of tables for its cases
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "suite.h"

static const struct conf_claims *claims;

const struct conf_claims *conf_suite_claims(void)
{
	return claims;
}
EXPORT_SYMBOL_GPL(conf_suite_claims);

static bool is_for_any(const struct kunit_case *c)
{
	char desc[KUNIT_PARAM_DESC_SIZE];

	return FIRST_PARAM(c->generate_params, desc);
}

/* Copy the cases of some groups to @cases. To be called before KUnit reads that array. */
int conformance_fill(struct kunit_case *cases, char *module,
		     const struct conf_claims *those,
		     const struct kunit_case *const *groups)
{
	const struct kunit_case *c;
	unsigned int n = 0;

	claims = those;
	for (; *groups; groups++)
		for (c = *groups; c->name; c++) {
			if (!is_for_any(c))
				continue;
			if (WARN_ON(n == CONFORMANCE_MAX_CASES - 1))
				return -E2BIG;
			cases[n] = *c;
			cases[n++].module_name = module;
		}
	return 0;
}
EXPORT_SYMBOL_GPL(conformance_fill);

/* Make a table of the suite's format, which has either a number or a name. */
struct io_pgtable_ops *conf_alloc_table(const struct conf_shape *shape,
					struct io_pgtable_cfg *cfg, void *cookie)
{
	const char *name = shape->format ?: claims->format;

	return name ? io_pgtable_alloc_named(name, cfg, cookie) :
		      io_pgtable_alloc(shape->fmt, cfg, cookie);
}

/* The init of a suite: checks that the format can be loaded and can make a table. */
int conformance_suite_init(struct kunit_suite *suite, const struct conf_claims *those)
{
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap = those->shapes->pgsizes,
		.ias = those->shapes->ias,
		.oas = those->shapes->oas,
		.quirks = those->shapes->quirks,
		.coherent_walk = true,
		.format_cfg_size = those->format_cfg_size,
	};
	struct io_pgtable_ops *ops;

	claims = those;
	if (cfg.format_cfg_size) {
		cfg.format_cfg = kzalloc(cfg.format_cfg_size, GFP_KERNEL);
		if (!cfg.format_cfg)
			return -ENOMEM;
	}
	ops = conf_alloc_table(those->shapes, &cfg, NULL);
	if (!IS_ERR(ops))
		free_io_pgtable_ops(ops);
	kfree(cfg.format_cfg);
	return PTR_ERR_OR_ZERO(ops);
}
EXPORT_SYMBOL_GPL(conformance_suite_init);

static const void *next_shape(const struct conf_shape *shapes, const void *prev, char *desc,
			      bool (*is_meant)(const struct conf_shape *shape))
{
	const struct conf_shape *shape = prev;

	do {
		shape = shape ? shape + 1 : shapes;
	} while (shape->name && !is_meant(shape));
	if (!shape->name)
		return NULL;
	strscpy(desc, shape->name, KUNIT_PARAM_DESC_SIZE);
	return shape;
}

/* Return: the next shape for which @is_meant() is true */
const void *conformance_next(const void *prev, char *desc,
			     bool (*is_meant)(const struct conf_shape *shape))
{
	return next_shape(claims->shapes, prev, desc, is_meant);
}
EXPORT_SYMBOL_GPL(conformance_next);

static bool is_any(const struct conf_shape *shape)
{
	return true;
}

/* Return: whether blocks fit into the address space */
bool conformance_has_blocks(const struct conf_shape *shape)
{
	u64 blocks = shape->pgsizes & (shape->pgsizes - 1);

	return blocks && shape->ias > __ffs64(blocks);
}
EXPORT_SYMBOL_GPL(conformance_has_blocks);

/* Return: whether Arm's contiguous hint is used, which adds page sizes */
bool conformance_has_groups(const struct conf_shape *shape)
{
	return shape->quirks & IO_PGTABLE_QUIRK_ARM_CONTIG &&
	       !(shape->quirks & IO_PGTABLE_QUIRK_ARM_HD);
}
EXPORT_SYMBOL_GPL(conformance_has_groups);

static bool splits_into_tables(const struct conf_shape *shape)
{
	return claims->splits_blocks && conformance_has_blocks(shape);
}

static bool splits_blocks(const struct conf_shape *shape)
{
	return splits_into_tables(shape) || conformance_has_groups(shape);
}

static bool keeps_blocks(const struct conf_shape *shape)
{
	return !claims->splits_blocks && conformance_has_blocks(shape);
}

static bool splits_without_break(const struct conf_shape *shape)
{
	return splits_blocks(shape) && shape->quirks & IO_PGTABLE_QUIRK_NO_BBM;
}

static bool splits_by_break(const struct conf_shape *shape)
{
	return splits_blocks(shape) && !(shape->quirks & IO_PGTABLE_QUIRK_NO_BBM);
}

static bool is_nc(const struct conf_shape *shape)
{
	return shape->noncoherent;
}

static bool is_hd(const struct conf_shape *shape)
{
	return shape->quirks & IO_PGTABLE_QUIRK_ARM_HD;
}

static bool is_hd_and_splits_blocks(const struct conf_shape *shape)
{
	return is_hd(shape) && splits_into_tables(shape);
}

static bool is_no_hd(const struct conf_shape *shape)
{
	return !is_hd(shape);
}

GEN_PARAMS(conformance_all)
{
	return conformance_next(prev, desc, is_any);
}
EXPORT_SYMBOL_GPL(conformance_all);

GEN_PARAMS(conformance_blocks)
{
	return conformance_next(prev, desc, conformance_has_blocks);
}
EXPORT_SYMBOL_GPL(conformance_blocks);

GEN_PARAMS(conformance_splits_blocks)
{
	return conformance_next(prev, desc, splits_blocks);
}

GEN_PARAMS(conformance_splits_into_tables)
{
	return conformance_next(prev, desc, splits_into_tables);
}

GEN_PARAMS(conformance_splits_without_break)
{
	return conformance_next(prev, desc, splits_without_break);
}

GEN_PARAMS(conformance_splits_by_break)
{
	return conformance_next(prev, desc, splits_by_break);
}

GEN_PARAMS(conformance_keeps_blocks)
{
	return conformance_next(prev, desc, keeps_blocks);
}

GEN_PARAMS(conformance_nc)
{
	return conformance_next(prev, desc, is_nc);
}

GEN_PARAMS(conformance_hd)
{
	return conformance_next(prev, desc, is_hd);
}
EXPORT_SYMBOL_GPL(conformance_hd);

GEN_PARAMS(conformance_hd_splits_blocks)
{
	return conformance_next(prev, desc, is_hd_and_splits_blocks);
}

GEN_PARAMS(conformance_no_hd)
{
	return conformance_next(prev, desc, is_no_hd);
}

GEN_PARAMS(conformance_refused)
{
	return claims->refused ? next_shape(claims->refused, prev, desc, is_any) : NULL;
}
