"""Frameworks of controls for which a rule that is kept is evidence, never compliance."""

from enum import Enum


class Framework(Enum):
    """A framework, by the edition whose control ids the rules name."""

    NIST_800_53 = "NIST SP 800-53 r5"
    PCI_DSS = "PCI DSS 4.0.1"
    SOC_2 = "SOC 2 (TSC 2017, points of focus 2022)"
    ISO_27001 = "ISO/IEC 27001:2022, Annex A"
    CIS_EKS = "CIS EKS 1.8.0"
    CIS_KUBERNETES = "CIS Kubernetes 1.12"
    KUBESCAPE = "Kubescape (in place of NSA-CISA, which numbers nothing)"
    EU_AI_ACT = "EU AI Act, Regulation (EU) 2024/1689"
    ISO_42001 = "ISO/IEC 42001:2023, Annex A"
    NIST_AI_RMF = "NIST AI RMF 1.0"
    OWASP_LLM = "OWASP Top 10 for LLM Applications 2025"
    MITRE_ATLAS = "MITRE ATLAS mitigations"


UNCHECKED: dict[Framework, str] = {
    Framework.NIST_800_53: (
        "Families of people, places and plans: AT, PE, PS, PL, most of IR, MA and PM; whether backups were restored"
        " (CP-4, CP-9(1)) is shown by drills, not by declarations."
    ),
    Framework.PCI_DSS: (
        "Requirements 9 (physical access) and 12 (policies); scans and tests of 11; whether card data is in the data at"
        " all. Those of 3 and 10.5.1 bind account data and its logs only."
    ),
    Framework.SOC_2: (
        "CC1 to CC5 (control environment, communication, risk), CC9.2 beyond images and models, privacy criteria."
    ),
    Framework.ISO_27001: "A.6 (people), A.7 (physical), and A.5 where it asks for policies, contracts and contacts.",
    Framework.CIS_EKS: "Sections 3 (files and flags of running nodes) and what only the running API server answers.",
    Framework.CIS_KUBERNETES: "Sections 1 to 4 of a control plane and kubelets that somebody else configures.",
    Framework.KUBESCAPE: "Controls of running nodes, of the control plane, and of images' vulnerabilities.",
    Framework.EU_AI_ACT: (
        "Risk management (9), most of data governance (10), human oversight as it is exercised (14), conformity (43),"
        " registration (49); whether a system is high-risk at all."
    ),
    Framework.ISO_42001: (
        "A.2 to A.5 (policy, roles, resources of people, impact assessment), A.8 to A.10 beyond what is named."
    ),
    Framework.NIST_AI_RMF: (
        "Outcomes of an organisation: most of GOVERN and MAP; a rule is evidence for a part of a subcategory."
    ),
    Framework.OWASP_LLM: (
        "LLM01, LLM05, LLM06, LLM08 and LLM09 as far as prompts, tools and answers of an application decide."
    ),
    Framework.MITRE_ATLAS: (
        "Mitigations in a model and its training (AML.M0003, AML.M0006, AML.M0010, AML.M0015), and in people."
    ),
}
"""What no rule of the pack can check, by framework."""
