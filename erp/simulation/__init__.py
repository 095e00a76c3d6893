"""Simulated business: the real services, driven with made-up customers, orders, invoices and payments.

Every step makes exactly one event. Nothing is remembered between runs.
"""

from erp.simulation.running import Simulation, Totals

__all__ = ["Simulation", "Totals"]
