/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The formats of the LPAE module: defined in arm-lpae-s1.c and arm-lpae-s2.c, registered in
 * arm-lpae.c.
 */
#ifndef __IO_PGTABLE_ARM_LPAE_H
#define __IO_PGTABLE_ARM_LPAE_H

#include <linux/io-pgtable-format.h>
#include <linux/sizes.h>

extern const struct io_pgtable_init_fns lpae_32_s1_fns;
extern const struct io_pgtable_init_fns lpae_32_s2_fns;
extern const struct io_pgtable_init_fns lpae_64_s1_fns;
extern const struct io_pgtable_init_fns lpae_64_s2_fns;

/* The Armv7 subset has the 4K granule only (DDI0406 B3.6). */
#define LPAE_32_PGSIZES	((unsigned long)(SZ_4K | SZ_2M | SZ_1G))
#define LPAE_32_MAX_OAS	40

#define LPAE_PAGE_TYPE	LPAE_TYPE_PAGE	/* see arm-lpae-geometry.h */

#endif /* __IO_PGTABLE_ARM_LPAE_H */
