/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The suite that runs: the claims of its format, and the kinds of tables for its cases
 */
#ifndef __IO_PGTABLE_CONFORMANCE_SUITE_H
#define __IO_PGTABLE_CONFORMANCE_SUITE_H

#include <kunit/test.h>
#include <linux/init.h>
#include <linux/module.h>

#include "../compat.h"
#include "format.h"

const struct conf_claims *conf_suite_claims(void);
struct io_pgtable_ops *conf_alloc_table(const struct conf_shape *shape,
					struct io_pgtable_cfg *cfg, void *cookie);

/*
 * Generators of the shapes that a case is run with. In order: all shapes; shapes with blocks;
 * shapes whose blocks or contiguous groups can be split; shapes whose blocks can be split; shapes
 * that split without a break before the make, and with one; shapes whose blocks cannot be split;
 * shapes of walkers that do not snoop; shapes with dirty tracking by hardware; the same with blocks
 * that can be split; shapes without dirty tracking; and shapes that are refused,
 * &conf_claims.refused. A case for which there is no shape is left out.
 */
GEN_PARAMS(conformance_all);
GEN_PARAMS(conformance_blocks);
GEN_PARAMS(conformance_splits_blocks);
GEN_PARAMS(conformance_splits_into_tables);
GEN_PARAMS(conformance_splits_without_break);
GEN_PARAMS(conformance_splits_by_break);
GEN_PARAMS(conformance_keeps_blocks);
GEN_PARAMS(conformance_nc);
GEN_PARAMS(conformance_hd);
GEN_PARAMS(conformance_hd_splits_blocks);
GEN_PARAMS(conformance_no_hd);
GEN_PARAMS(conformance_refused);

bool conformance_has_blocks(const struct conf_shape *shape);
bool conformance_has_groups(const struct conf_shape *shape);
const void *conformance_next(const void *prev, char *desc,
			     bool (*is_meant)(const struct conf_shape *shape));

#define CONFORMANCE_CASE(_case, _which) \
	KUNIT_CASE_PARAM(_case, conformance_##_which)

#define CONFORMANCE_SLOW_CASE(_case, _which) \
	KUNIT_CASE_PARAM_ATTR(_case, conformance_##_which, { .speed = KUNIT_SPEED_SLOW })

#define CONFORMANCE_MAX_CASES	120

int conformance_fill(struct kunit_case *cases, char *module,
		     const struct conf_claims *claims,
		     const struct kunit_case *const *groups);
int conformance_suite_init(struct kunit_suite *suite,
			   const struct conf_claims *claims);

/**
 * conformance_suite() - define a suite of cases of a format's own
 * @__name: name of the suite, a string
 * @__claims: the &struct conf_claims
 * @__cases: array of &struct kunit_case
 *
 * The suite runs when the module is loaded.
 */
#define conformance_suite(__name, __claims, __cases)			\
static const struct conf_claims *const __cases##_claims = &(__claims);	\
static int __cases##_suite_init(struct kunit_suite *suite)		\
{									\
	return conformance_suite_init(suite, __cases##_claims);		\
}									\
static struct kunit_suite __cases##_suite = {				\
	.name = __name,							\
	.suite_init = __cases##_suite_init,				\
	.test_cases = __cases,						\
};									\
kunit_test_suite(__cases##_suite)

/**
 * conformance_module() - define a module's suite and the module's init
 * @__claims: the &struct conf_claims
 * @__groups: array of groups of cases; the last entry is NULL
 *
 * The suite runs when the module is loaded. A module can have further suites, see
 * conformance_suite().
 */
#define conformance_module(__claims, __groups)				\
static struct kunit_case __claims##_cases[CONFORMANCE_MAX_CASES];	\
conformance_suite("io-pgtable-" #__claims, __claims, __claims##_cases);	\
static int __init __claims##_module_init(void)				\
{									\
	return conformance_fill(__claims##_cases, KBUILD_MODNAME,	\
				__claims##_cases_claims, __groups);	\
}									\
module_init(__claims##_module_init);					\
static void __exit __claims##_module_exit(void)				\
{									\
}									\
module_exit(__claims##_module_exit)

#endif /* __IO_PGTABLE_CONFORMANCE_SUITE_H */
