/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own formats, compiled from the source package's unchanged files as
 * a second set beside ours, for comparing.
 */
#ifndef __STOCK_H
#define __STOCK_H

#include <linux/io-pgtable-format.h>

extern struct io_pgtable_init_fns stock_32_s1_fns;
extern struct io_pgtable_init_fns stock_32_s2_fns;
extern struct io_pgtable_init_fns stock_64_s1_fns;
extern struct io_pgtable_init_fns stock_64_s2_fns;
extern struct io_pgtable_init_fns stock_mali_fns;
extern struct io_pgtable_init_fns stock_v7s_fns;
extern struct io_pgtable_init_fns stock_dart_fns;

#endif /* __STOCK_H */
