/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Declarations for the suites of LPAE
 */
#ifndef __ARM_LPAE_CLAIMS_H
#define __ARM_LPAE_CLAIMS_H

#include "oracle.h"
#include "../conformance/conformance.h"

#define PGSIZES_4K	(SZ_4K | SZ_2M | SZ_1G)
#define PGSIZES_16K	(SZ_16K | SZ_32M)
#define PGSIZES_64K	(SZ_64K | SZ_512M)

#define NS		IO_PGTABLE_QUIRK_ARM_NS
#define TTBR1		IO_PGTABLE_QUIRK_ARM_TTBR1
#define OUTER_WBWA	IO_PGTABLE_QUIRK_ARM_OUTER_WBWA
#define HD		IO_PGTABLE_QUIRK_ARM_HD
#define S2FWB		IO_PGTABLE_QUIRK_ARM_S2FWB
#define NO_WARN		IO_PGTABLE_QUIRK_NO_WARN
#define CONTIG		IO_PGTABLE_QUIRK_ARM_CONTIG
#define RUNS		IO_PGTABLE_QUIRK_ARM_CONTIG_RUNS
#define NO_BBM		IO_PGTABLE_QUIRK_NO_BBM

extern const struct conf_claims lpae;
extern const struct conf_shape lpae_refused[];

struct arm_result lpae_walk(struct conf_fixture *f, u64 iova);

static inline struct arm_regs *lpae_regs(struct conf_fixture *f)
{
	return f->regs;
}

#endif /* __ARM_LPAE_CLAIMS_H */
