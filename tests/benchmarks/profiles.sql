-- gold.customer_profiles as one would write it in Spark SQL; DuckDB gets the functions that it lacks as macros.
-- What is in braces is filled in.
with known_orders as (
    select * from orders where customer_id is not null and booked_date <= date '{run_date}'
),
bought as (
    select l.customer_id, l.product_id, l.quantity, l.net_amount, p.brand, p.is_private_label,
           coalesce(p.category, 'UNKNOWN') as category
    from order_lines l left join products p on l.product_id = p.product_id
    where l.customer_id is not null and l.booked_date <= date '{run_date}'
),
by_customer as (
    select customer_id,
           min(booked_date) as first_order_date,
           max(booked_date) as last_order_date,
           count(*) as order_count,
           count(distinct booked_date) as active_days,
           sum(quantity) as quantity,
           sum(net_amount) as gross_sales,
           sum(discount_amount) as discount_amount,
           sum(coupon_amount) as coupon_amount,
           sum(case when coupon_amount > 0 then 1 else 0 end) as coupon_order_count
    from known_orders group by customer_id
),
goods as (
    select customer_id,
           coalesce(sum(case when is_private_label then net_amount end), 0) as private_label_amount,
           sort_array(collect_set(brand)) as brands,
           sort_array(collect_set(product_id)) as products
    from bought group by customer_id
),
by_category as (
    select customer_id, category,
           cast(sum(net_amount) as decimal(20,4)) as net_amount, cast(sum(quantity) as decimal(18,3)) as quantity
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
by_hour as (
    select customer_id, local_hour, count(*) as orders,
           row_number() over (partition by customer_id order by count(*) desc, local_hour) as place
    from known_orders where local_hour is not null group by customer_id, local_hour
),
hours as (
    select customer_id, max(case when place = 1 then local_hour end) as favourite_hour,
           {each_hour} as orders_by_hour
    from by_hour group by customer_id
),
by_weekday as (
    select customer_id, local_weekday, count(*) as orders,
           row_number() over (partition by customer_id order by count(*) desc, local_weekday) as place
    from known_orders where local_weekday is not null group by customer_id, local_weekday
),
weekdays as (
    select customer_id, max(case when place = 1 then local_weekday end) as favourite_weekday,
           {each_weekday} as orders_by_weekday
    from by_weekday group by customer_id
),
by_store as (
    select customer_id, coalesce(store_id, 'UNKNOWN') as store_id, count(*) as orders,
           row_number() over (partition by customer_id order by count(*) desc, coalesce(store_id, 'UNKNOWN')) as place
    from known_orders group by customer_id, coalesce(store_id, 'UNKNOWN')
),
stores as (
    select customer_id, max(case when place = 1 then store_id end) as favourite_store_id, count(*) as store_count,
           map_from_entries(sort_array(collect_list(struct(store_id, orders)))) as orders_by_store
    from by_store group by customer_id
),
placed_categories as (
    select *, row_number() over (partition by customer_id order by net_amount desc, category) as place
    from by_category
),
categories as (
    select customer_id, max(case when place = 1 then category end) as favourite_category,
           map_from_entries(sort_array(collect_list(struct(category, {spent})))) as by_category
    from placed_categories group by customer_id
),
used as (
    select customer_id, count(*) as coupon_redemption_count
    from coupon_redemptions where redemption_date <= date '{run_date}' group by customer_id
),
returned as (
    select customer_id, sum(amount) as returns_amount, count(*) as return_count
    from returns where customer_id is not null and return_date <= date '{run_date}' group by customer_id
)
select date '{run_date}' as run_date,
       b.customer_id, b.first_order_date, b.last_order_date,
       datediff(date '{run_date}', b.last_order_date) + 1 as recency_days,
       datediff(date '{run_date}', b.first_order_date) + 1 as tenure_days,
       b.order_count, b.active_days, b.quantity, b.gross_sales,
       coalesce(r.returns_amount, 0) as returns_amount, b.gross_sales - coalesce(r.returns_amount, 0) as net_sales,
       coalesce(r.return_count, 0) as return_count, b.discount_amount, b.coupon_amount,
       cast(b.gross_sales / b.order_count as decimal(20,4)) as average_order_amount,
       cast(b.discount_amount as double) / nullif(cast(b.gross_sales + b.discount_amount as double), 0)
           as discount_share,
       b.coupon_order_count,
       coalesce(u.coupon_redemption_count, 0) as coupon_redemption_count,
       g.private_label_amount,
       cast(g.private_label_amount as double) / nullif(cast(b.gross_sales as double), 0) as private_label_share,
       h.orders_by_hour, w.orders_by_weekday, s.orders_by_store, s.store_count,
       h.favourite_hour, w.favourite_weekday, s.favourite_store_id,
       c.by_category, cast(cardinality(c.by_category) as int) as category_count, c.favourite_category,
       g.brands, size(g.brands) as brand_count, g.products, size(g.products) as product_count,
       i.price_index,
       case when i.price_index < 0.9 then 'budget' when i.price_index > 1.1 then 'premium'
            when i.price_index is not null then 'middle' end as price_tier,
       p.age_band, p.income_band, p.home_ownership, p.marital_status, p.household_size, p.household_composition,
       p.children
from by_customer b
left join goods g on b.customer_id = g.customer_id
left join price_indexes i on b.customer_id = i.customer_id
left join hours h on b.customer_id = h.customer_id
left join weekdays w on b.customer_id = w.customer_id
left join stores s on b.customer_id = s.customer_id
left join categories c on b.customer_id = c.customer_id
left join returned r on b.customer_id = r.customer_id
left join used u on b.customer_id = u.customer_id
left join customers p on b.customer_id = p.customer_id
