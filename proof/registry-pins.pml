/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Formats are registered, pinned, unpinned and unregistered. One format has two implementations:
 * BASE is in a module; BETTER has a higher priority and is not in a module. A driver holds the
 * format, and tables are made and freed.
 *
 * Properties:
 *   no_use_after_free: no process reads an implementation that its owner may have freed
 *   exit_unregisters: a module's exit can always unregister its format
 *   the_best_makes_a_table: the implementation with the highest priority makes each table
 *   drivers_hold_the_base: a driver holds the implementation with the lowest priority, so that the
 *	other implementation can be unloaded
 *   references_add_up: each reference to a module is given back once
 *   no_hang: each process ends, or can continue
 */
#ifndef LARGE
#define TABLES		1	/* processes that make tables */
#else
#define TABLES		2
#endif

#define BASE		0
#define BETTER		1
#define NOTHING		2	/* as an implementation: NULL */

bool memory[2];		/* the implementation's struct io_pgtable_format is allocated */
bool listed[2];		/* the implementation is in io_pgtable_formats */
byte pins[2];
bool lock;		/* io_pgtable_lock */

/* BASE's module */
bool going;		/* module.state is MODULE_STATE_GOING */
byte refs;		/* module.refcnt: MODULE_REF_BASE is 1, and 0 is an unload */

/* The holder's implementation; NOTHING while the holder is not in io_pgtable_holders */
byte held = NOTHING;

hidden byte no_use_after_free, exit_unregisters, the_best_makes_a_table, drivers_hold_the_base;
hidden byte references_add_up;

/* The caller reads an implementation: its memory must be allocated. */
inline use(f)
{
	assert(no_use_after_free || memory[f])
}

inline take_lock()
{
	atomic { !lock -> lock = true }
}

/* Whenever the lock is free, no driver holds BETTER while BASE can be pinned. */
inline drop_lock()
{
	atomic {
		assert(drivers_hold_the_base || held != BETTER || !listed[BASE] || !refs);
		lock = false
		/*! no_hang: skip */
	}
}

/* module.h try_module_get() */
#define CAN_GET(f)	((f) == BETTER || (refs > 0 && !going))

inline module_get(f)
{
	if
	:: f == BASE -> refs++
	:: else
	fi
}

inline module_put(f)
{
	if
	:: f == BASE -> assert(references_add_up || refs > 1); refs--
	:: else
	fi
}

/* core.c format_pin_locked() */
inline format_pin_locked(f, first, second)
{
	if						/*: at = base ? at->prev : at->next */
	:: atomic {
		!(listed[first] && CAN_GET(first)) && !(listed[second] && CAN_GET(second)) ->
		f = NOTHING				/*: return NULL */
	   }
	:: atomic {					/*: if (try_module_get(f->owner)) */
		listed[first] && CAN_GET(first) -> f = first; module_get(f)
	   };
	   use(f);
	   pins[f]++					/*: atomic_inc(&f->pins) */
	   /*! exit_unregisters: skip */
	:: atomic {
		!(listed[first] && CAN_GET(first)) && listed[second] && CAN_GET(second) ->
		f = second;
		module_get(f)
	   };
	   use(f);
	   pins[f]++					/*: atomic_inc(&f->pins) */
	fi
}

/* core.c format_pin() */
inline format_pin(f, first, second)
{
	take_lock();					/*: raw_spin_lock(&io_pgtable_lock) */
	/*! drivers_hold_the_base: skip; */
	format_pin_locked(f, first, second);		/*: format_pin_locked(id, above, base) */
	drop_lock()					/*: raw_spin_unlock(&io_pgtable_lock) */
}

/* core.c format_unpin() */
inline format_unpin(f)
{
	use(f);						/*: struct module *owner = f->owner */
	use(f); pins[f]--;				/*: atomic_fetch_dec_release(&f->pins) */
	/*! no_use_after_free: pins[f]--; use(f); */
	/*! exit_unregisters: skip; */
	module_put(f)					/*: module_put(owner) */
	/*! references_add_up: module_put(f); module_put(f) */
}

/* core.c holder_update(): the holder is in the list already, or is added before the lock is dropped */
inline holder_update(old, base)
{
	format_pin_locked(base, BASE, BETTER);
	/*! drivers_hold_the_base: format_pin_locked(base, BETTER, BASE); */
	held = base;					/*: holder->format = format_pin_locked(old->id, NULL, true) */
	format_unpin(old)				/*: format_unpin(old) */
	/*! references_add_up: format_unpin(held) */
}

/* core.c io_pgtable_unregister_formats() */
inline unregister_format(f, refused)
{
	take_lock();					/*: raw_spin_lock(&io_pgtable_lock) */
	if						/*: atomic_read_acquire(&formats[i].pins) */
	:: pins[f] -> refused = true			/*: ret = -EBUSY */
	/*! no_use_after_free: :: false -> skip */
	:: else ->
		refused = false;
		listed[f] = false			/*: registry_remove(&formats[i]) */
	fi;
	drop_lock()					/*: raw_spin_unlock(&io_pgtable_lock) */
}

/* BASE's module is loaded, and unloaded when it is not used. */
active proctype module()
{
	bool refused;
	byte old, base;

end:	do
	:: memory[BASE] = true;
		refs = 2;
		/* core.c __io_pgtable_register_formats() */
		take_lock();				/*: raw_spin_lock(&io_pgtable_lock) */
		listed[BASE] = true;			/*: ret = registry_insert(&formats[i]) */
		if					/*: list_for_each_entry(holder, &io_pgtable_holders, node) */
		:: held != NOTHING ->
			old = held;
			holder_update(old, base)	/*: holder_update(holder) */
			/*! drivers_hold_the_base: skip */
		:: else
		fi;
		drop_lock();
		/* main.c do_init_module() */
		module_put(BASE);			/*: module_put(mod) */
		/* main.c try_stop_module() */
		atomic { refs == 1 -> refs = 0 };	/*: try_release_module_ref(mod) */
		going = true;				/*: mod->state = MODULE_STATE_GOING */
		unregister_format(BASE, refused);
		assert(exit_unregisters || !refused);
		memory[BASE] = false;
		going = false
	od
}

/* Registers BETTER, and tries to unregister it until that succeeds. */
active proctype program()
{
	bool refused;

end:	do
	:: memory[BETTER] = true;
		take_lock();
		listed[BETTER] = true;
		drop_lock();
		do
		:: unregister_format(BETTER, refused);
			if
			:: refused
			:: else -> break
			fi
		od;
		memory[BETTER] = false
	od
}

/* core.c __devm_io_pgtable_get_format() */
active proctype driver()
{
	byte f = NOTHING, base = NOTHING;

end:	do
	:: format_pin(f, BASE, BETTER);			/*: f = format_get(id, optional ? NULL : dev) */
		if
		:: f != NOTHING ->
			take_lock();			/*: raw_spin_lock(&io_pgtable_lock) */
			holder_update(f, base);		/*: holder_update(holder) */
			/*! drivers_hold_the_base: held = f; */
			drop_lock();			/*: raw_spin_unlock(&io_pgtable_lock) */
			/* core.c holder_release() */
			take_lock();			/*: raw_spin_lock(&io_pgtable_lock) */
			base = held;
			held = NOTHING;			/*: list_del(&holder->node) */
			drop_lock();			/*: raw_spin_unlock(&io_pgtable_lock) */
			format_unpin(base)		/*: format_unpin(holder->format) */
		:: else
		fi;
		f = NOTHING;
		base = NOTHING
	od
}

/* core.c __io_pgtable_alloc() */
active [TABLES] proctype table()
{
	byte f = NOTHING;

end:	do
	:: take_lock();
		atomic {
			format_pin_locked(f, BETTER, BASE);	/*: f = format_pin(id, NULL, false) */
			/*! the_best_makes_a_table: format_pin_locked(f, BASE, BETTER); */
			assert(the_best_makes_a_table || f == BETTER || !listed[BETTER])
		};
		drop_lock();
		if
		:: f != NOTHING ->
			/* core.c free_io_pgtable_ops() */
			use(f);				/*: f->fns->free(iop) */
			format_unpin(f)			/*: format_unpin(f) */
		:: else
		fi;
		f = NOTHING
	od
}
