"""A simulated omnichannel retailer with known ground truth. The model with its formulas is in docs/simulator.md.

The *base* (`base.py`) simulates customers, products, prices, stores and orders for any number of customers. The
*overlay* adds touches, messages, campaigns, coupons, visits, surveys, tickets and consents around the orders of the
base or of public data (`overlay.py`). Every random number is a hash of the seed, a purpose and the keys of the row
(`keyed_random.py`): rows depend neither on partitions nor on batches.

The purposes and the event words of the raw files keep their spelling: another word is another random number, and so
another retailer.
"""
