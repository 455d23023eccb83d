/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses through a table under test, which return an error if they fault. See *-access.S.
 */
#ifndef __HW_ACCESS_H
#define __HW_ACCESS_H

#include <linux/types.h>

/* Load and store with the permissions of user space. Return: 0 or -EFAULT. */
int hw_load(unsigned long va, unsigned long *value);
int hw_store(unsigned long va, unsigned long value);

#ifdef CONFIG_ARM64
/*
 * Call the code at @va at EL1, or jump to that code at EL0 if @user. Return: 0 if the code has
 * returned, ESR_EL1 if there was an exception.
 */
u64 hw_execute(u64 va, bool user);
#endif

#endif /* __HW_ACCESS_H */
