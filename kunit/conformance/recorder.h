/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The recorder of changes of a table under test
 */
#ifndef __IO_PGTABLE_CONFORMANCE_RECORDER_H
#define __IO_PGTABLE_CONFORMANCE_RECORDER_H

#include "pages.h"

void conf_watch(struct conf_fixture *f);
void conf_look(struct conf_fixture *f);
void conf_invalidate_walk(struct conf_fixture *f, u64 start, u64 last, size_t granule);
void conf_sync(struct conf_fixture *f);
size_t conf_count_leaves(struct conf_fixture *f);

#endif /* __IO_PGTABLE_CONFORMANCE_RECORDER_H */
