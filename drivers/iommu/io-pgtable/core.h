/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the core asks its surroundings. The KUnit suite puts its own answers in
 * their place; without KUnit they are static in core.c.
 */
#ifndef __IO_PGTABLE_CORE_H
#define __IO_PGTABLE_CORE_H

#include <linux/io-pgtable.h>

#if IS_ENABLED(CONFIG_KUNIT)
bool io_pgtable_configured(enum io_pgtable_fmt fmt);
bool io_pgtable_window_open(struct device *dev);
bool io_pgtable_request_module(enum io_pgtable_fmt fmt);
void io_pgtable_load_later(enum io_pgtable_fmt fmt);
#endif

#endif /* __IO_PGTABLE_CORE_H */
