/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns at the registry's lock. A test holds the lock while a function on another CPU waits for the
 * lock. The lock is fair: if the test releases the lock and takes it again at once, the function
 * gets the lock exactly once in between. So the test can act between two steps of the core.
 */
#ifndef __IO_PGTABLE_KUNIT_TURNS_H
#define __IO_PGTABLE_KUNIT_TURNS_H

#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "../../core.h"

/**
 * struct turns - a function that runs on another CPU
 * @work: work that runs the function
 * @run: the function
 * @test: the test. The function uses the stubs of this test.
 */
struct turns {
	struct work_struct work;
	void (*run)(struct kunit *test);
	struct kunit *test;
};

static inline void turns_work(struct work_struct *work)
{
	struct turns *turns = container_of(work, struct turns, work);

	current->kunit_test = turns->test;
	turns->run(turns->test);
	current->kunit_test = NULL;
}

/* Take the lock, and start @run on another CPU. */
static inline void turns_begin(struct turns *turns, struct kunit *test,
			       void (*run)(struct kunit *test))
{
	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	turns->run = run;
	turns->test = test;
	INIT_WORK_ONSTACK(&turns->work, turns_work);
	raw_spin_lock(&io_pgtable_lock);
	schedule_work_on(cpumask_any_but(cpu_online_mask, smp_processor_id()), &turns->work);
}

/*
 * Let the function take the lock once. Interrupts are off so that the test is the next waiter for
 * the lock. Return: whether the function has tried to take the lock.
 */
static inline bool turns_pass(void)
{
	unsigned int patience = 5 * USEC_PER_SEC;

	while (!raw_spin_is_contended(&io_pgtable_lock)) {
		if (!patience--)
			return false;
		udelay(1);
	}
	local_irq_disable();
	raw_spin_unlock(&io_pgtable_lock);
	raw_spin_lock(&io_pgtable_lock);
	local_irq_enable();
	return true;
}

/* Release the lock. The function then runs to its end. */
static inline void turns_let_go(void)
{
	raw_spin_unlock(&io_pgtable_lock);
}

static inline void turns_end(struct turns *turns)
{
	flush_work(&turns->work);
	destroy_work_on_stack(&turns->work);
}

#endif /* __IO_PGTABLE_KUNIT_TURNS_H */
