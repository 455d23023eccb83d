/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interface between the list of tables (tables.c) and the files of a table (dump.c).
 */
#ifndef __IO_PGTABLE_DUMP_H
#define __IO_PGTABLE_DUMP_H

#include <linux/types.h>

struct dentry;
struct io_pgtable;
struct io_pgtable_listed;

/* dump.c */
void io_pgtable_dump_files(struct io_pgtable_listed *l, struct dentry *dir);
void io_pgtable_dump_hold(struct io_pgtable *iop, bool hold);

/* tables.c */
int io_pgtable_listed_open(struct io_pgtable_listed *l);
void io_pgtable_listed_release(struct io_pgtable_listed *l);

#endif /* __IO_PGTABLE_DUMP_H */
