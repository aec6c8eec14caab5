-- The scalar columns of gold.customer_profiles as one would write them; the same text runs in Spark and in DuckDB.
-- The names in braces are filled in; only the count of days differs in dialect. Lists and maps (hours, weekdays, stores, categories, brands,
-- products) are not produced, only what is counted and chosen from them.
with known_orders as (
    select * from orders where customer_id is not null and order_date <= date '{run_date}'
),
bought as (
    select l.customer_id, l.product_id, l.quantity, l.net_amount, p.brand, p.is_private_label,
           coalesce(p.category, 'UNKNOWN') as category
    from order_lines l left join products p on l.product_id = p.product_id
    where l.customer_id is not null and l.order_date <= date '{run_date}'
),
by_customer as (
    select customer_id,
           min(order_date) as first_order_date,
           max(order_date) as last_order_date,
           count(*) as order_count,
           count(distinct order_date) as active_days,
           sum(quantity) as quantity,
           sum(net_amount) as net_amount,
           sum(discount_amount) as discount_amount,
           sum(coupon_amount) as coupon_amount,
           sum(case when coupon_amount > 0 then 1 else 0 end) as coupon_order_count,
           count(distinct coalesce(store_id, 'UNKNOWN')) as store_count
    from known_orders group by customer_id
),
goods as (
    select customer_id,
           coalesce(sum(case when is_private_label then net_amount end), 0) as private_label_amount,
           count(distinct category) as category_count,
           count(distinct brand) as brand_count,
           count(distinct product_id) as product_count
    from bought group by customer_id
),
by_category as (
    select customer_id, category, sum(net_amount) as net_amount, sum(quantity) as quantity
    from bought group by customer_id, category
),
mean_prices as (
    select category, cast(sum(net_amount) as double) / sum(quantity) as mean_price
    from by_category where quantity > 0 group by category
),
price_indexes as (
    select customer_id,
           cast(sum(net_amount) as double) / nullif(sum(quantity * mean_price), 0) as price_index
    from by_category join mean_prices using (category) where quantity > 0 group by customer_id
),
hours as (
    select customer_id, local_hour,
           row_number() over (partition by customer_id order by count(*) desc, local_hour) as place
    from known_orders where local_hour is not null group by customer_id, local_hour
),
weekdays as (
    select customer_id, local_weekday,
           row_number() over (partition by customer_id order by count(*) desc, local_weekday) as place
    from known_orders where local_weekday is not null group by customer_id, local_weekday
),
stores as (
    select customer_id, coalesce(store_id, 'UNKNOWN') as store_id,
           row_number() over (partition by customer_id order by count(*) desc, coalesce(store_id, 'UNKNOWN')) as place
    from known_orders group by customer_id, coalesce(store_id, 'UNKNOWN')
),
categories as (
    select customer_id, category,
           row_number() over (partition by customer_id order by net_amount desc, category) as place
    from by_category
),
used as (
    select customer_id, count(*) as coupon_redemption_count
    from coupon_redemptions where redemption_date <= date '{run_date}' group by customer_id
)
select date '{run_date}' as run_date,
       b.customer_id, b.first_order_date, b.last_order_date,
       {days_since_last} as recency_days,
       {days_since_first} as tenure_days,
       b.order_count, b.active_days, b.quantity, b.net_amount, b.discount_amount, b.coupon_amount,
       cast(b.net_amount / b.order_count as decimal(18,2)) as average_order_amount,
       cast(b.discount_amount as double) / nullif(cast(b.net_amount + b.discount_amount as double), 0)
           as discount_share,
       b.coupon_order_count,
       coalesce(u.coupon_redemption_count, 0) as coupon_redemption_count,
       g.private_label_amount,
       cast(g.private_label_amount as double) / nullif(cast(b.net_amount as double), 0) as private_label_share,
       b.store_count,
       h.local_hour as favourite_hour,
       w.local_weekday as favourite_weekday,
       s.store_id as favourite_store_id,
       g.category_count,
       c.category as favourite_category,
       g.brand_count, g.product_count,
       i.price_index,
       case when i.price_index < 0.9 then 'budget' when i.price_index > 1.1 then 'premium'
            when i.price_index is not null then 'middle' end as price_tier,
       p.age_band, p.income_band, p.home_ownership, p.marital_status, p.household_size, p.household_composition,
       p.children
from by_customer b
left join goods g on b.customer_id = g.customer_id
left join price_indexes i on b.customer_id = i.customer_id
left join hours h on b.customer_id = h.customer_id and h.place = 1
left join weekdays w on b.customer_id = w.customer_id and w.place = 1
left join stores s on b.customer_id = s.customer_id and s.place = 1
left join categories c on b.customer_id = c.customer_id and c.place = 1
left join used u on b.customer_id = u.customer_id
left join customers p on b.customer_id = p.customer_id
