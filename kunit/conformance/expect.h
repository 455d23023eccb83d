/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks of the contents of a table under test
 */
#ifndef __IO_PGTABLE_CONFORMANCE_EXPECT_H
#define __IO_PGTABLE_CONFORMANCE_EXPECT_H

#include "fixture.h"

bool conf_holds(struct conf_fixture *f, u64 iova, const struct conf_mapping *m);
void conf_expect_pages(struct conf_fixture *f, u64 iova, u64 pa, u64 size,
		       size_t count, int prot);
void conf_expect_mapped(struct conf_fixture *f, u64 iova, u64 pa, u64 bytes, int prot);
void conf_expect_hole(struct conf_fixture *f, u64 iova, u64 size);
void conf_expect_hole_around(struct conf_fixture *f, u64 iova, u64 bytes);

#endif /* __IO_PGTABLE_CONFORMANCE_EXPECT_H */
