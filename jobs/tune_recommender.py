"""Searches settings of ALS on a period that no model is evaluated on; a person puts the best into the configuration.

    spark-submit jobs/tune_recommender.py --config conf/demo.yaml --run-date 2017-12-03

With periods of `period_days`, the last of them ending on the run date: ALS is trained on the days up to two periods ago
and evaluated on the last period but one. The last, on which train_recommender evaluates for the same date, is not used.
"""

from marketlake.evaluation.holdout import period_start
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.evaluation import plots, tuning
from marketlake.recommend.evaluation.tuning import Trial, TrialScore
from marketlake.recommend.evaluation.tuning_data import number_ids_before, prepare_tuning_data, run_trials
from marketlake.recommend.settings import SearchSettings, TrainingSettings
from marketlake.runtime.command import main
from marketlake.runtime.errors import InputError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.tables.orders import ORDER_LINES, ORDERS
from marketlake.tables.products import PRODUCTS
from marketlake.tables.touchpoints import EVENTS


def run(context: Context) -> None:
    """Tries every combination; logs the score of each and the best settings in MLflow."""
    training = context.config.section("train_recommender", TrainingSettings)
    search = context.settings(SearchSettings)
    tables = {
        "order_lines": context.read(ORDER_LINES),
        "orders": context.read(ORDERS),
        "events": context.read(EVENTS),
        "products": context.read(PRODUCTS),
    }
    as_of = period_start(context.as_of, 2, period_days=training.period_days)
    title = f"ALS known before {as_of}, evaluated on the {training.period_days} days from it"
    log.info("%s", title)
    scores: dict[Trial, TrialScore] = {}
    integer_ids = number_ids_before(tables["order_lines"], as_of).persist()
    trials = tuning.draw_trials(search, training)
    with context.tracker.run(context, {"validation_from": as_of, **search.model_dump()}) as run_of:
        try:
            for half_life in dict.fromkeys(trial.half_life_days for trial in trials):
                settings = training.model_copy(update={"half_life_days": half_life})
                of_half_life = [trial for trial in trials if trial.half_life_days == half_life]
                with prepare_tuning_data(settings, as_of=as_of, integer_ids=integer_ids, **tables) as data:
                    popularity = data.popularity
                    for trial, score, seconds in run_trials(of_half_life, data, parallel=search.parallel):
                        log.info("%s: %.4f", trial, score.ndcg_10_explore)
                        with run_of.child(str(trial), trial.parameters()) as child:
                            child.metrics(score.metrics() | {"seconds": seconds})
                        scores[trial] = score
        except NothingToLearnError as error:
            raise InputError(
                f"silver.order_lines: {error}.",
                f"A search for {context.run_date} needs more than {2 * training.period_days} days before it: load them "
                "with ingest_sources, choose a later run date or a shorter jobs.train_recommender.period_days.",
            ) from None
        finally:
            integer_ids.unpersist()
        scores = {trial: scores[trial] for trial in trials}  # the settings as they are come first
        table = tuning.trials_table(scores)
        run_of.metrics(scores[tuning.best_trial(scores)].metrics() | popularity.metrics("recent_popularity_"))
        run_of.table(table, "trials")
        run_of.figures(lambda: {"trials": plots.trials_figure(table, title, baseline=popularity.ndcg_10_explore)})
        run_of.description(tuning.run_description(scores, popularity, title))


JOB = Job(
    name="tune_recommender",
    summary="Searches settings of ALS on weeks that no model is evaluated on, each trial a run in MLflow.",
    run=run,
    reads=(ORDER_LINES, ORDERS, EVENTS, PRODUCTS),
    settings=SearchSettings,
    uses_settings_of=("train_recommender",),
    on_request=True,
)

if __name__ == "__main__":
    main(JOB)
