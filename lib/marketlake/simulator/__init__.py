r"""A simulated omnichannel retailer whose truth is known. Everything here is made up, and labelled as simulated.

Two parts, one model: the *base* (`base.py`: customers, products, prices, stores, orders) for any size, and the
*overlay* (touches, messages, campaigns, coupons, visits, surveys, tickets, consents …) over the orders of the base or
over public ones (`over_tables.py`). Every random number is a hash of the seed, a purpose and the row's own keys
(`draws.py`), so that rows depend neither on partitions nor on batches, and a day made alone is that day of the whole.

The model, with its units
-------------------------

**Purchases** (`customers.py`, `orders.py`; Pareto/NBD: Schmittlein, Morrison and Colombo 1987; Fader and Hardie
2005). Customer c joins on day j_c and leaves after an exponential lifetime: L_c ~ Exp(mu_c), mu_c ~ Gamma (a day).
While she is a customer she orders on day t (at most once) with probability

    1 - exp(-lambda_c S_t (1 + sum_k m_kt)),    lambda_c ~ Gamma (orders a day)

    S_t = (1 + a cos(2 pi (day of year - peak) / 365.25)) w_weekday (1 + g)^(t / 365.25)        mean about 1

and always on j_c. Expected orders of the days after t, and so her value, follow from lambda_c, mu_c and the day on
which she leaves, all in `truth/customers`; every customer spends by the same law.

**Choice and prices** (`catalogue.py`, `orders.py`; logit: McFadden 1974). A line takes a category by its weight and a
product j of it with probability s_j = exp(u_j) / sum_i exp(u_i), u_j = a_j - b ln(price_j / list price_j), at the
prices of the store's zone and the week, which are randomised in every zone and week. So own elasticity = -b (1 -
s_j), cross elasticity of the category's other products towards j's price = b s_j; categories do not compete, and a
lower price does not make anybody buy more in all.

**Media** (`media.py`, `touches.py`; adstock: Broadbent 1979; saturation: Hill 1910, as in Jin et al. 2017). With x_kt
the spending on channel k (currency a person and day):

    A_kt = sum_{l=0..14} w_kl x_k,t-l,  w_kl = d_k^l / sum d_k^l        m_kt = e_k A_kt^h / (A_kt^h + K^h)

An order of day t was caused by k with probability m_kt / (1 + sum_i m_it), else it would have come by itself; its
touch was l days earlier with probability proportional to w_kl x_k,t-l. That is the thinning and displacement of a
Poisson process (Kingman 1993, ch. 5), and so the orders without channel k are the orders that k did not cause:
`truth/orders`. Touches that cause nothing come at the rate x_kt / cost per click. Messages need a consent that holds
on the day: in the base an order that only a message would have caused does not happen without one.

**Campaigns and coupons** (`trials.py`). In each period of 28 days a customer orders without treatment with
probability p0 and with it with p1, odds(p1) = c odds(p0); c depends on the coupon and on the customer's hidden type.
Who is treated is a fair draw, made after the order by Bayes' rule. `truth/trials` has both answers of every customer.

**Visits** (`visits.py`): a click is a visit of geometric length; an online order is a visit with a cart and a
purchase. Variant B of the test on the site multiplies the chance of a cart by 1 + lift. On the planted incident's
platform and days a share of purchases is never recorded.

**After the sale** (`service.py`): satisfaction = sum of driver weight x score (1 to 5) + N(0, 0.5), rounded; a ticket's
category is drawn by its share and shows only in the text.

**Identity** (`identity.py`): households share an address, mostly a name, and sometimes a device; systems hold second
records, nicknames, typos, old addresses and recycled telephone numbers: `truth/identities`. **Dirt** (`dirt.py`): each
rate is the chance that a row, or a value, goes wrong.

What it does not show
---------------------

- Over public orders nothing can change when or what people bought: causes and trials are drawn so that they fit the
  orders, spending does not move the daily totals, and the truth has no rates of purchase and drop-out and no
  elasticities.
- Channels, campaigns and coupons act apart from each other; an order may be said to be caused by a channel and by a
  campaign. There is no interaction between channels, and no effect of what is said in a message.
- Social posts, competitors' prices, empty shelves, waiting and complaints change nobody's purchases; surveys are
  answered by a fair sample.
- Customers differ in how often they buy and in how coupons move them, not in what they like.
- A day has one order a customer at most, an hour's law is the same for all, and there are no returns."""
