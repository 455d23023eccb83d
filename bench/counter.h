/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PMU counts instructions. With "-icount shift=0" QEMU's PMU counts exactly every instruction
 * of the only CPU.
 */
#ifndef IO_PGTABLE_BENCH_COUNTER_H
#define IO_PGTABLE_BENCH_COUNTER_H

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/printk.h>
#include <asm/sysreg.h>

/* DDI0487 D24.5: PMU registers */
#define PMCR_ENABLE	BIT(0)
#define INST_RETIRED	0x08

/* These kernels have no perf, so the counters are not used otherwise. */
static inline int counter_start(void)
{
	if (!(read_sysreg(pmceid0_el0) & BIT(INST_RETIRED))) {
		pr_err("the PMU cannot count instructions: start QEMU with -icount shift=0\n");
		return -ENODEV;
	}
	write_sysreg(INST_RETIRED, pmevtyper0_el0);
	write_sysreg(BIT(0), pmcntenset_el0);
	write_sysreg(read_sysreg(pmcr_el0) | PMCR_ENABLE, pmcr_el0);
	isb();
	return 0;
}

static __always_inline u32 counter_read(void)
{
	barrier();
	return read_sysreg(pmevcntr0_el0);
}

#endif
