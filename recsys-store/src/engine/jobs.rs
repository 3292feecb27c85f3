//! Training jobs: from a row in the storage to a published model.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use recsys_core::data::{InteractionLog, Timestamp};
use tokio::task::JoinSet;

use super::catalog::Catalog;
use super::train::{READ, TRAINED, Trained, Training, TrainingProgress, estimator};
use super::{EngineError, ErrorCode, Result, TenantEngine};
use crate::types::{
    Change, Claim, Heartbeat, JobId, JobOutcome, JobProgress, ModelVersion, NewModel, TrainingJob,
};

/// How many times within a lease a worker renews it and looks whether it is to stop.
const HEARTBEATS: u32 = 15;
/// Events read at once.
const SCAN_CHUNK: u32 = 10_000;

/// What a running training and those who watch it share.
#[derive(Clone, Default)]
pub(super) struct Control {
    cancelled: Arc<AtomicBool>,
    newest: Arc<Mutex<Option<TrainingProgress>>>,
    observer: Option<Arc<dyn Fn(TrainingProgress) + Send + Sync>>,
}

impl Control {
    fn observed(observer: impl Fn(TrainingProgress) + Send + Sync + 'static) -> Self {
        Self { observer: Some(Arc::new(observer)), ..Self::default() }
    }

    /// Returns the same control, whose reports subscribers of `job` are told of as well.
    fn announcing(&self, engine: TenantEngine, job: TrainingJob) -> Self {
        let former = self.observer.clone();
        let observer = move |progress: TrainingProgress| {
            if let Some(former) = &former {
                former(progress.clone());
            }
            let TrainingProgress { stage, fraction } = progress;
            engine.announce_job(&TrainingJob {
                progress: fraction,
                stage: Some(stage),
                ..job.clone()
            });
        };
        Self { observer: Some(Arc::new(observer)), ..self.clone() }
    }

    /// Asks the training to stop.
    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn report(&self, progress: TrainingProgress) {
        if let Some(observer) = &self.observer {
            observer(progress.clone());
        }
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
    }

    fn progress(&self) -> JobProgress {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        JobProgress {
            progress: newest.as_ref().map_or(0.0, |newest| newest.fraction),
            stage: newest.as_ref().map(|newest| newest.stage.clone()),
        }
    }
}

impl TenantEngine {
    /// Queues a training for a worker. A training of the same algorithm that waits already is
    /// returned instead.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown algorithm, listing the known ones.
    pub async fn submit_training(&self, algorithm: &str) -> Result<TrainingJob> {
        estimator(algorithm)?;
        let job = self.stores().jobs.enqueue(algorithm).await?;
        self.shared.queued.notify_one();
        self.announce_job(&job);
        Ok(job)
    }

    /// Trains here and now and publishes the model. `progress` is called from training threads.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown algorithm; `Conflict` if there is nothing to learn from;
    /// `Cancelled` if somebody cancelled the job. The job is stored with its end, and the former
    /// model stays.
    pub async fn train(
        &self,
        algorithm: &str,
        progress: impl Fn(TrainingProgress) + Send + Sync + 'static,
    ) -> Result<TrainingJob> {
        estimator(algorithm)?;
        let jobs = &self.stores().jobs;
        let job = jobs.begin(algorithm, &self.shared.owner, self.shared.lease).await?;
        self.run_job(&job, &Control::observed(progress)).await?;
        let gone = || EngineError::new(ErrorCode::NotFound, "the training job is gone");
        jobs.get(job.id).await?.ok_or_else(gone)
    }

    /// Lists training jobs, newest first.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn training_jobs(&self, limit: u32) -> Result<Vec<TrainingJob>> {
        Ok(self.stores().jobs.list(limit).await?)
    }

    /// Cancels a training: at once if it waits, within seconds if it runs; a finished one is returned
    /// as it is.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn cancel_training(&self, job: JobId) -> Result<TrainingJob> {
        let job = self.stores().jobs.cancel(job).await?;
        self.announce_job(&job);
        Ok(job)
    }

    /// Finds a training.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn training_job(&self, job: JobId) -> Result<TrainingJob> {
        let missing = || EngineError::new(ErrorCode::NotFound, format!("training {job} not found"));
        self.stores().jobs.get(job).await?.ok_or_else(missing)
    }

    fn announce_job(&self, job: &TrainingJob) {
        self.announce(Change::JobMoved(Box::new(job.clone())));
    }

    /// Runs a job that this engine holds and stores how it ended.
    pub(super) async fn run_job(&self, job: &TrainingJob, control: &Control) -> Result<()> {
        let control = &control.announcing(self.clone(), job.clone());
        let began = Instant::now();
        let heart = Heart::start(self.clone(), job.id, control.clone());
        let outcome = self.train_and_publish(job, control).await;
        drop(heart);
        let status = if outcome.is_ok() { "succeeded" } else { "failed" };
        let labels = [("algorithm", job.algorithm.clone()), ("status", status.to_owned())];
        metrics::histogram!("training_duration_seconds", &labels).record(began.elapsed());
        let stored = match &outcome {
            Ok(version) => {
                let metrics = version.metrics.clone();
                JobOutcome::Succeeded { model_version: version.id, metrics }
            }
            Err(error) if error.code() == ErrorCode::Cancelled => JobOutcome::Cancelled,
            Err(error) => JobOutcome::Failed { error: sentence(error) },
        };
        let jobs = &self.stores().jobs;
        if !jobs.finish(job.id, &self.shared.owner, stored).await? {
            tracing::warn!(job = %job.id, "the training job is no longer ours");
        }
        // News only: how the training ended is stored.
        if let Ok(Some(job)) = jobs.get(job.id).await {
            self.announce_job(&job);
        }
        outcome.map(drop)
    }

    async fn train_and_publish(
        &self,
        job: &TrainingJob,
        control: &Control,
    ) -> Result<ModelVersion> {
        let algorithm = job.algorithm.as_str();
        self.follow().await?;
        let catalog = self.live.catalog();
        let (log, watermark) = self.read_log(&catalog, control).await?;
        let aggregation = self.tenant().settings.aggregation.clone();
        let (name, work) = (algorithm.to_owned(), control.clone());
        let train = move || {
            let training = Training {
                algorithm: &name,
                aggregation: &aggregation,
                log: &log,
                catalog: &catalog,
                cancel: &|| work.is_cancelled(),
                progress: &|progress| work.report(progress),
            };
            training.run()
        };
        let Trained { file, metrics } = self.shared.training.run(train).await?;
        if control.is_cancelled() {
            return Err(EngineError::new(ErrorCode::Cancelled, "training was cancelled"));
        }
        control.report(TrainingProgress::new("publishing", TRAINED));
        let claim = Some(Claim { job: job.id, owner: self.shared.owner.clone() });
        let model = NewModel { algorithm: algorithm.to_owned(), watermark, metrics, claim };
        let version = self.stores().models.publish(model, Bytes::from(file)).await?;
        self.live.wrote();
        self.follow().await?;
        let algorithm = version.algorithm.clone();
        self.announce(Change::ModelPublished { algorithm, version: version.id });
        self.fit_embedder(job, control).await;
        control.report(TrainingProgress::new("done", 1.0));
        Ok(version)
    }

    /// Reads all events, in chunks, and returns them with the sequence of the last. Items of the catalogue
    /// without events get a column behind the others.
    async fn read_log(
        &self,
        catalog: &Catalog,
        control: &Control,
    ) -> Result<(InteractionLog, u64)> {
        let interactions = &self.stores().interactions;
        let last = interactions.last_sequence().await?.max(1);
        let (mut log, mut after) = (InteractionLog::new(), 0);
        loop {
            if control.is_cancelled() {
                return Err(EngineError::new(ErrorCode::Cancelled, "training was cancelled"));
            }
            let share = after as f64 / last as f64;
            control.report(TrainingProgress::new("reading events", READ * share.min(1.0)));
            let events = interactions.scan(after, SCAN_CHUNK).await?;
            for event in &events {
                #[expect(clippy::cast_possible_truncation, reason = "events count in f32")]
                let value = event.value as f32;
                let at = Some(Timestamp(event.at.timestamp_millis()));
                let (user, item) = (event.user_id.as_bytes(), event.item_id.as_bytes());
                log.push(user, item, &event.kind, value, at).map_err(|error| {
                    let message = format!("event {} cannot be used", event.sequence);
                    EngineError::new(ErrorCode::Conflict, message).with_source(error)
                })?;
            }
            after = events.last().map_or(after, |event| event.sequence);
            if events.len() < SCAN_CHUNK as usize {
                break;
            }
        }
        for (_, item) in catalog.iter() {
            log.push_item(item.id.as_bytes()).map_err(|error| {
                EngineError::new(ErrorCode::Conflict, "the catalogue is too large to train on")
                    .with_source(error)
            })?;
        }
        Ok((log, after))
    }
}

/// Keeps a job's lease while it lives. When the caller stops waiting, the training is told to stop
/// and the lease runs out, so that another worker takes over.
struct Heart {
    control: Control,
    _beating: JoinSet<()>,
}

impl Heart {
    fn start(engine: TenantEngine, job: JobId, control: Control) -> Self {
        let mut beating = JoinSet::new(); // aborts its task when dropped
        beating.spawn(beat(engine, job, control.clone()));
        Self { control, _beating: beating }
    }
}

impl Drop for Heart {
    fn drop(&mut self) {
        self.control.cancel();
    }
}

/// Keeps the lease and passes on what the storage says.
async fn beat(engine: TenantEngine, job: JobId, control: Control) {
    let (jobs, lease) = (&engine.stores().jobs, engine.shared.lease);
    loop {
        tokio::time::sleep(lease / HEARTBEATS).await;
        let beat = jobs.heartbeat(job, &engine.shared.owner, lease, control.progress()).await;
        match beat {
            Ok(Heartbeat::Continue) => {}
            Ok(Heartbeat::CancelRequested | Heartbeat::Lost) => control.cancel(),
            // The lease outlives a few failures.
            Err(error) => tracing::warn!(%job, %error, "could not renew the lease of a training"),
        }
    }
}

/// Returns an error with its causes, for the job row.
fn sentence(error: &EngineError) -> String {
    let mut sentence = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let next = error.to_string();
        if !sentence.ends_with(&next) {
            sentence = format!("{sentence}: {next}");
        }
        cause = error.source();
    }
    sentence
}
