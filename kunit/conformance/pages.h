/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of the tables under test
 */
#ifndef __IO_PGTABLE_CONFORMANCE_PAGES_H
#define __IO_PGTABLE_CONFORMANCE_PAGES_H

#include <linux/mmzone.h>

#include "table.h"

struct conf_page *conf_find_page(struct conf_fixture *f, u64 pa);
u64 conf_read_desc(const struct conf_fixture *f, const void *table, unsigned int i);
bool conf_read(struct conf_fixture *f, u64 pa, u64 *desc);
void *conf_view(const struct conf_page *page);
void *conf_desc(struct conf_fixture *f, u64 iova);
void conf_trace(struct conf_fixture *f);
void conf_untrace(struct conf_fixture *f);
void conf_enter(struct conf_fixture *f);
void conf_leave(struct conf_fixture *f);
bool conf_sees_syncs(void);
bool conf_sees_tables(const struct conf_fixture *f);
bool conf_can_fail(const struct conf_fixture *f);
long conf_node_pages(enum node_stat_item item);
void **conf_leave_dirt(struct kunit *test, unsigned int n);
void *conf_custom_alloc(void *cookie, size_t size, gfp_t gfp);
void conf_custom_free(void *cookie, void *pages, size_t size);

#endif /* __IO_PGTABLE_CONFORMANCE_PAGES_H */
