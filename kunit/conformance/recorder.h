/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the descriptors of a table under test change.
 */
#ifndef __IO_PGTABLE_CONFORMANCE_RECORDER_H
#define __IO_PGTABLE_CONFORMANCE_RECORDER_H

#include "pages.h"

void conf_watch(struct conf_fixture *f);
void conf_look(struct conf_fixture *f);
void conf_invalidate(struct conf_fixture *f, u64 start, u64 last, bool walk);
size_t conf_count_leaves(struct conf_fixture *f);

#endif /* __IO_PGTABLE_CONFORMANCE_RECORDER_H */
