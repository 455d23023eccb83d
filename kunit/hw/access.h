/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses through a table under test that survive faults: *-access.S.
 */
#ifndef __HW_ACCESS_H
#define __HW_ACCESS_H

#include <linux/types.h>

/* Loads and stores as user space would make them. Return: 0 or -EFAULT. */
int hw_load(unsigned long va, unsigned long *value);
int hw_store(unsigned long va, unsigned long value);

#ifdef CONFIG_ARM64
/*
 * Call @va, or go there as user space would. Return: 0 if @va returned, ESR_EL1 if
 * there was an exception.
 */
u64 hw_execute(u64 va, bool user);
#endif

#endif /* __HW_ACCESS_H */
