//! The permission table: every method and who may call it. What is not in it is denied.
use crate::Role::{self, Analyst, Operator, PortfolioManager, Respondent, Service};

const EVERYONE: &[Role] = &[Respondent, Analyst, PortfolioManager, Operator, Service];
const OFFICE: &[Role] = &[Analyst, PortfolioManager, Operator, Service];
const OPERATORS: &[Role] = &[Operator];
const RUNNERS: &[Role] = &[Analyst, Operator];
const MANAGERS: &[Role] = &[PortfolioManager, Operator];
const SCORERS: &[Role] = &[Analyst, PortfolioManager, Operator];
const SUBMITTERS: &[Role] = &[Respondent, Operator];
const READERS: &[Role] = &[Respondent, Analyst, Operator];

/// Full method path without the leading slash, and who may call it.
pub const TABLE: &[(&str, &[Role])] = &[
    ("soundings.consultation.v1.ConsultationService/CreateOrganisation", OPERATORS),
    ("soundings.consultation.v1.ConsultationService/UpdateOrganisation", OPERATORS),
    ("soundings.consultation.v1.ConsultationService/GetOrganisation", EVERYONE),
    ("soundings.consultation.v1.ConsultationService/ListOrganisations", EVERYONE),
    ("soundings.consultation.v1.ConsultationService/CreateSurvey", RUNNERS),
    ("soundings.consultation.v1.ConsultationService/UpdateSurvey", RUNNERS),
    ("soundings.consultation.v1.ConsultationService/GetSurvey", EVERYONE),
    ("soundings.consultation.v1.ConsultationService/ListSurveys", EVERYONE),
    ("soundings.consultation.v1.ConsultationService/OpenSurvey", RUNNERS),
    ("soundings.consultation.v1.ConsultationService/CloseSurvey", RUNNERS),
    ("soundings.consultation.v1.ConsultationService/SubmitResponse", SUBMITTERS),
    ("soundings.consultation.v1.ConsultationService/ReviseResponse", SUBMITTERS),
    ("soundings.consultation.v1.ConsultationService/WithdrawResponse", SUBMITTERS),
    ("soundings.consultation.v1.ConsultationService/GetResponse", READERS),
    (
        "soundings.consultation.v1.ConsultationService/ListResponses",
        &[Respondent, Analyst, Operator, Service],
    ),
    ("soundings.consultation.v1.ConsultationService/BatchGetResponses", &[Analyst, Operator, Service]),
    ("soundings.consultation.v1.ConsultationService/ImportResponses", RUNNERS),
    ("soundings.themes.v1.ThemesService/LoadCodebook", RUNNERS),
    ("soundings.themes.v1.ThemesService/GetCodebook", OFFICE),
    ("soundings.themes.v1.ThemesService/ListCodebooks", OFFICE),
    ("soundings.themes.v1.ThemesService/ListThemes", OFFICE),
    ("soundings.themes.v1.ThemesService/GetTheme", OFFICE),
    ("soundings.themes.v1.ThemesService/ApproveTheme", RUNNERS),
    ("soundings.themes.v1.ThemesService/RetireTheme", RUNNERS),
    ("soundings.themes.v1.ThemesService/ListMentions", OFFICE),
    ("soundings.themes.v1.ThemesService/ListSignals", OFFICE),
    ("soundings.portfolio.v1.PortfolioService/ApplyPortfolio", MANAGERS),
    ("soundings.portfolio.v1.PortfolioService/ListPortfolios", EVERYONE),
    ("soundings.portfolio.v1.PortfolioService/ListProgrammes", EVERYONE),
    ("soundings.portfolio.v1.PortfolioService/ListResources", EVERYONE),
    ("soundings.portfolio.v1.PortfolioService/ListCriteria", EVERYONE),
    ("soundings.portfolio.v1.PortfolioService/GetWorkItem", EVERYONE),
    ("soundings.portfolio.v1.PortfolioService/ListWorkItems", EVERYONE),
    ("soundings.portfolio.v1.PortfolioService/ListWorkItemChanges", OFFICE),
    ("soundings.portfolio.v1.PortfolioService/UpdateWorkItem", MANAGERS),
    ("soundings.portfolio.v1.PortfolioService/SetScore", MANAGERS),
    ("soundings.portfolio.v1.PortfolioService/SetThemeLink", MANAGERS),
    ("soundings.portfolio.v1.PortfolioService/DeleteWorkItem", MANAGERS),
    ("soundings.portfolio.v1.PortfolioService/GetRanking", EVERYONE),
    ("soundings.portfolio.v1.PortfolioService/WatchRanking", EVERYONE),
    ("soundings.portfolio.v1.PortfolioService/ListRevisions", EVERYONE),
    ("soundings.portfolio.v1.PortfolioService/ExplainMove", EVERYONE),
    ("soundings.portfolio.v1.PortfolioService/CompareVoices", EVERYONE),
    ("soundings.portfolio.v1.PortfolioService/ExportRevision", &[Analyst, PortfolioManager, Operator]),
    ("soundings.portfolio.v1.PlanService/SetPin", MANAGERS),
    ("soundings.portfolio.v1.PlanService/RemovePin", MANAGERS),
    ("soundings.portfolio.v1.PlanService/ListPins", OFFICE),
    ("soundings.portfolio.v1.PlanService/ProposePlan", MANAGERS),
    ("soundings.portfolio.v1.PlanService/ApprovePlan", MANAGERS),
    ("soundings.portfolio.v1.PlanService/PublishPlan", MANAGERS),
    ("soundings.portfolio.v1.PlanService/WithdrawPlan", MANAGERS),
    ("soundings.portfolio.v1.PlanService/GetPlan", OFFICE),
    ("soundings.portfolio.v1.PlanService/ListPlans", OFFICE),
    ("soundings.portfolio.v1.PlanService/GetPlanDrift", OFFICE),
    ("soundings.portfolio.v1.GapService/ListGaps", OFFICE),
    ("soundings.portfolio.v1.ScoringService/OpenRound", MANAGERS),
    ("soundings.portfolio.v1.ScoringService/GiveScores", SCORERS),
    ("soundings.portfolio.v1.ScoringService/ShowRound", MANAGERS),
    ("soundings.portfolio.v1.ScoringService/AgreeRound", MANAGERS),
    ("soundings.portfolio.v1.ScoringService/CancelRound", MANAGERS),
    ("soundings.portfolio.v1.ScoringService/GetRound", SCORERS),
    ("soundings.portfolio.v1.ScoringService/ListRounds", SCORERS),
    ("soundings.portfolio.v1.AnalysisService/SelectWork", EVERYONE),
    ("soundings.portfolio.v1.AnalysisService/GetFrontier", EVERYONE),
    ("soundings.portfolio.v1.AnalysisService/WhatIf", SEE_ORGANISATIONS),
    ("soundings.portfolio.v1.AnalysisService/GetInfluence", SEE_ORGANISATIONS),
    ("soundings.portfolio.v1.AnalysisService/GetFlipDistances", EVERYONE),
    ("soundings.portfolio.v1.AnalysisService/GetRobustness", EVERYONE),
    ("soundings.portfolio.v1.AnalysisService/GetSecondOpinions", EVERYONE),
    ("soundings.portfolio.v1.AnalysisService/GetBallots", EVERYONE),
    ("soundings.portfolio.v1.AnalysisService/ElicitWeights", EVERYONE),
    ("soundings.portfolio.v1.AnalysisService/ExplainScore", EVERYONE),
    ("soundings.mailbox.v1.DeadLetterService/ListDeadLetters", OPERATORS),
    ("soundings.mailbox.v1.DeadLetterService/ReplayDeadLetter", OPERATORS),
    ("soundings.mailbox.v1.DeadLetterService/DiscardDeadLetter", OPERATORS),
];

/// Who sees parts of an explanation by organisation, and quotes.
pub const SEE_ORGANISATIONS: &[Role] = &[Analyst, PortfolioManager, Operator];

/// Who may call a method (`/package.Service/Method`); nobody, when it is not in the table.
pub fn allowed(path: &str) -> &'static [Role] {
    let method = path.trim_start_matches('/');
    TABLE.iter().find(|(name, _)| *name == method).map_or(&[], |(_, roles)| roles)
}
