/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table in debugfs. A work makes and removes the table's entry, struct io_pgtable_listed, and the
 * table's directory. The table is freed at any time, and its files are opened, read and closed.
 *
 * Properties:
 *   entry_is_there: no process locks or unlocks an entry that is freed, or queues its work
 *   table_is_there: no process reads a table that is freed
 *   nothing_stays: entry and directory of a freed table are removed
 *   no_hang: each process ends, or can continue
 */
#ifndef LARGE
#define READERS	2
#define TIMES	2	/* opens by each reader; without a limit readers could keep the lock for ever */
#else
#define READERS	3
#define TIMES	2
#endif

/* struct io_pgtable_listed */
bool entry;		/* the entry is allocated */
bool lock;
bool iop;		/* l->iop is not NULL */
byte opens;
bool pending;		/* work_pending(&l->work) */

bool table = true;	/* the table is allocated */
bool looked_up;		/* the entry is in io_pgtable_tables */
bool dir;		/* the directory exists: its files can be opened */
byte in_files;		/* calls of open() and read() that debugfs_remove() waits for */

hidden byte entry_is_there, table_is_there;

inline take_lock()
{
	assert(entry_is_there || entry);
	atomic { !lock -> lock = true }
}

inline drop_lock()
{
	assert(entry_is_there || entry);
	lock = false
}

inline queue()
{
	assert(entry_is_there || entry);
	pending = true
}

/* tables.c settle() */
active proctype work()
{
	bool gone, last;

end:	do
	:: atomic { pending -> pending = false };
		take_lock();				/*: scoped_guard(spinlock_irqsave, &l->lock) */
		gone = !iop;				/*: gone = !l->iop */
		last = gone && !opens && !pending;	/*: last = gone && !l->opens && !work_pending(work) */
		/*! entry_is_there: last = gone; */
		/*! entry_is_there: last = gone && !opens; */
		drop_lock();
		if
		:: !gone && !dir -> dir = true		/*: make_folder(l) */
		:: else
		fi;
		if
		:: last ->				/*: if (last) */
			dir = false;			/*: debugfs_remove(l->dir) */
			in_files == 0;
			/*! entry_is_there: skip; */
			assert(entry_is_there || entry);
			entry = false			/*: kfree(l) */
		:: else
		fi
	od
}

/* The driver makes the table and frees it. */
active proctype driver()
{
	/* tables.c io_pgtable_list() */
	entry = true;					/*: *l = entry_new(iop) */
	iop = true;
	looked_up = true;				/*: xa_insert_irq(&io_pgtable_tables, iop->number, l, */
	queue();					/*: queue_work(system_long_wq, &l->work) */
	/* tables.c io_pgtable_unlist() */
	looked_up = false;				/*: l = __xa_erase(&io_pgtable_tables, iop->number) */
	take_lock();					/*: scoped_guard(spinlock_irqsave, &l->lock) */
	iop = false;					/*: l->iop = NULL */
	/*! table_is_there: skip; */
	queue();					/*: queue_work(system_long_wq, &l->work) */
	/*! nothing_stays: skip; */
	drop_lock();
	/*! no_hang: skip; */
	/* core.c free_io_pgtable_ops() */
	table = false					/*: f->fns->free(iop) */
}

/* Reads a file of the directory. debugfs_file_get() fails once the directory is removed. */
active [READERS] proctype reader()
{
	bool is_open;
	byte times;

end:	do
	:: atomic { dir && times < TIMES -> in_files++; times++ };
		/* tables.c io_pgtable_listed_open() */
		take_lock();				/*: scoped_guard(spinlock_irqsave, &l->lock) */
		if
		:: !iop -> is_open = false		/*: return -ENODEV */
		:: else ->
			opens++;			/*: l->opens++ */
			is_open = true
		fi;
		drop_lock();
		if
		:: is_open ->
			in_files--;
			/* dump.c look_locked() */
			take_lock();			/*: lockdep_assert_held(&d->l->lock) */
			if				/*: if (!d->l->iop) */
			:: iop -> assert(table_is_there || table)	/*: iop = io_pgtable_with_descriptors(d->l->iop) */
			:: else
			fi;
			drop_lock();
			/* tables.c io_pgtable_listed_release() */
			take_lock();			/*: scoped_guard(spinlock_irqsave, &l->lock) */
			opens--;			/*: l->opens-- */
			if
			:: !iop && !opens -> queue()	/*: else if (!l->opens) */
			/*! nothing_stays: :: false */
			:: else
			fi;
			drop_lock()
		:: else -> in_files--
		fi;
		is_open = false
	od
}

ltl nothing_stays { [] (!table -> <> (!entry && !dir)) }
