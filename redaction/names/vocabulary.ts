/** Words that decide the kind of the words beside them. */

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

/** The word after one of these is a name, whatever it is. */
export const TITLES = set(
  "mr mrs ms miss missus mister mx dr drs prof professor doctor sir madam dame rev reverend fr capt captain sgt sergeant lt lieutenant col colonel officer detective judge hon rabbi imam pastor sheikh sr sra srta senor senora don dona shri smt messrs monsieur madame mme mlle herr herrn frau mevr mevrouw dhr meneer pfleger schwester",
);
/** Letters after a name. */
export const CREDENTIALS = set(
  "md do rn np pa phd pharmd dds dmd dnp lpn lvn cna crna msw lcsw esq facp facs facc rph jr sr ii iii iv msn bsn aprn fnp dpm dvm od dc pt ot slp rd mph mba mbbs frcp frcs cnm psyd edd rpht cpht emt",
);
/** A name follows: "Dear", "name is", "signed". */
export const OPENERS = set(
  "dear hi hello hey name names named called aka alias surname firstname lastname attn attention signed sincerely regards cheers thanks bonjour hola namaste mr mrs ms",
);
/** A person follows, named or not. */
export const PERSON_SLOTS = set(
  "patient pt pts client resident inmate donor subject contact call page paged notify notified remind tell told ask asked inform informed phone phoned text texted email emailed per attending provider surgeon physician pcp nurse rn md np pa doctor pharmacist technician therapist caregiver caretaker carer mother father mom mum dad son daughter wife husband spouse sister brother aunt uncle niece nephew cousin grandmother grandfather grandson granddaughter guardian kin nok friend partner fiance fiancee neighbor user employee coordinator specialist cardiologist oncologist neurologist dermatologist psychiatrist pediatrician radiologist urologist dentist midwife obstetrician anesthesiologist hospitalist intern consultant manager supervisor author recipient sender guarantor subscriber insured member beneficiary visitor relative mrs assigned with seen by known similar from for like to via congratulate meet visited visiting escort transfer baby boy girl twin infant newborn named",
);
/** "Dear Patient" and "for Dr" name nobody. */
export const NOBODY = set(
  "patient patients parent parents guardian customer sir madam doctor colleague colleagues team all provider providers member nurse staff friend family resident user clinician everyone care valued client dr mr mrs ms miss prof the a an your our my his her their this that these those it its you we they he she who there here and or to in on at of for from with is was are be not no yes please re if when what why how which will can could should would may might must do does did has have had been being as by but so than then nursing pharmacy lab laboratory radiology med medication meds room bed ward unit floor icu ed er or caregiver beneficiary physician surgeon supervisor admin administrator i am pm monday tuesday wednesday thursday friday saturday sunday",
);
/** Particles inside a surname. */
export const PARTICLES = set(
  "van der den de la le las los del della di da dos das do du von zu zur af av al el bin ibn bint ter ten st san santa mac mc o d e y abu ben",
);
/** First names that are also everyday words; with a capital inside a sentence they are names. */
export const EVERYDAY_NAMES = set(
  "abbey alma amber angel art ash aspen august aurora autumn bill blanch bob brandy brook brooke brooks bud buddy candy carol cash chance charity chase cherry christian chuck clay cliff clover colt cooper coral crystal curt daisy dale dawn dean destiny dick dolly don drew dusty earl eddy eve faith fern flora foster frank gail gale gene ginger glen glory grace grant guy harmony harry haven hazel heath heather henry holly hope hunter iris ivy jack jade jasmine jay jean jerry jewel jim joe john josh joy june juniper justice kay ken king kit lance lane laurel lee leo lily lou louis lucky luke major maria mark marina martin mason matt max maverick may mercy merry mike miles misty molly myrtle nat nick noble norm olive opal otto paddy page paige pat patience patty pearl peg penny peter piper polly poppy precious prince prudence queen ray red reed rich rick river rob robin rocky rod roman rose rosemary rowan roy ruby rusty sally sandy sage savannah scarlet scarlett sherry sienna sierra skip sky sonny star sterling stew sue summer sunny tanner tasha ted temple terry tiger tom tony trinity tucker valentine van victor victoria viola violet virginia wade walker ward warren will willow winter wolf woody jordan austin dakota carolina georgia paris london sydney florence charlotte madison lincoln jackson hudson carter parker taylor tyler logan kelly morgan riley bailey chelsea brittany israel kenya asia india china cuba ireland",
);
/** Participles of what happens to patients: "Mills was admitted". */
export const PATIENT_PARTICIPLES = set(
  "admitted discharged transferred seen referred extubated intubated found brought taken born diagnosed treated informed notified called told given moved scheduled rescheduled evaluated examined sedated stable unresponsive alert awake asleep hypotensive febrile here late early absent present readmitted stabilized prescribed started placed refused denied declined asked requested arrived fallen eaten missed confirmed agreed improved signed cancelled called complaining asking refusing waiting ready due",
);
/** Verbs for people: a capitalised word before one that could be a name is a name. */
export const PERSON_VERBS = set(
  "said says called calls shouted asked asks reports reported states stated denies denied complains complained needs requests requested wants wanted refuses refused presents presented has had was is lives lived visited visits came went told took takes left feels felt wrote writes died fell walks walked arrived missed confirmed cancelled canceled rescheduled agreed declined consented signed listed explained replied thinks believes loves likes works worked returned and",
);
/** After an eponym: "Murphy sign", "Wells criteria". */
export const EPONYM_NOUNS = set(
  "disease diseases syndrome syndromes sign signs reflex reflexes criteria criterion score scores scale scales classification class maneuver manoeuvre phenomenon triad tetrad pentad tumor tumors tumour palsy contracture fracture stage staging grade grading stain node nodes cyst cysts esophagus oesophagus thyroiditis lymphoma sarcoma anemia anaemia ataxia chorea dystrophy bodies equation formula index law ring pouch ligament canal duct gland glands fold ulcer hernia encephalopathy nephropathy arthropathy respirations respiration breathing angina purpura granulomatosis vasculitis osteotomy anomaly malformation deformity diverticulum loop nomogram macroglobulinemia virus disorder rash lesion lesions spots lines plexus sinus tetralogy melanoma carcinoma adenoma dementia neuropathy myopathy cardiomyopathy arteritis gangrene hydrocele hepatitis fever stenosis regurgitation murmur exponent effect principle procedure operation incision method technique anesthesia nodules nodule keratosis pneumonia tuberculosis agglutination antigen antibody agar medium cell cells smear angle ratio gait breathing",
);
/** The last words of the titles of tests, rules and bodies. */
export const INSTRUMENTS = set(
  "scale inventory score index test questionnaire criteria guideline guidelines survey campaign initiative commission association society act project assessment examination classification protocol checklist trial study committee council administration agency standard standards framework program programme consortium registry",
);
/** After an eponym of the list these are enough. */
export const EPONYM_WEAK_NOUNS = set(
  "test tests risk study heart pain exam examination questionnaire inventory assessment position point tube catheter needle forceps drain line patch pump rule rules staging protocol model trial position curve block bundle shunt stent valve procedure operation repair approach stage monitor collar brace splint exercises pattern cut plate rod screw frame light lamp chart coma edema osteodystrophy type hemoglobin protein band bands wort flare sump lift solution boot balloon contraction contractions tear tendon tubes pupil pupils depth level surgery fundoplication dressing bypass anastomosis graft flap hugger crossmatch injury maneuvers series view views thoracotomy incision gangrene colitis pattern cap grading crisis palsy pouch",
);
/** Eponyms that stand alone: "early-stage Alzheimer's". */
export const STANDALONE_EPONYMS = set(
  "alzheimer alzheimers parkinson parkinsons crohn crohns hodgkin hodgkins huntington graves cushing cushings addison hashimoto raynaud tourette barrett asperger gehrig kaposi sjogren behcet meniere paget wilson hirschsprung kawasaki guillain barre ludwig lyme foley hickman trendelenburg doppler holter papanicolaou framingham braden glasgow apgar romberg babinski kernig brudzinski mallampati valsalva heimlich whipple wernicke korsakoff kussmaul cheyne stokes marfan ehlers danlos chiari epstein burkitt ewing wilms coombs gleason rankin barthel waldenstrom willebrand takotsubo fallot dupuytren peyronie bartholin baker charcot gram mantoux allen homans tinel phalen murphy mcburney rovsing lachman mcmurray",
);
