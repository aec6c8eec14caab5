import time
def test_probe(finished):
    for n in ("silver.orders","silver.order_lines","silver.customers","silver.products","ops.quarantine","ops.source_loads","gold.customer_profiles","gold.customer_segments"):
        print(n)
        for r in finished.rows(n): print("   ", r)
    for r in finished.rows("ops.job_runs"): print(r["job"], r["run_date"], r["seconds"], r["input_versions"])
    import glob
    print(finished.spark.sql(f"describe history delta.`{finished.lake}/gold/customer_profiles`").select("version","operation","userMetadata").toPandas().to_string())
